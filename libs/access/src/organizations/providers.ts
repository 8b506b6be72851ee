import { CreateOrganization } from './create-organization.service';
import { DeleteOrganization } from './delete-organization.service';
import { GetIpAllowList } from './get-ip-allow-list.query';
import { GetOrganizationLimits } from './get-organization-limits.query';
import { GetOrganization } from './get-organization.query';
import { GetOwnOrganization } from './get-own-organization.query';
import { GetTokenSettings } from './get-token-settings.query';
import { ListOrganizations } from './list-organizations.query';
import { UpdateIpAllowList } from './update-ip-allow-list.service';
import { UpdateOrganization } from './update-organization.service';
import { UpdateOwnOrganization } from './update-own-organization.service';
import { UpdateTokenSettings } from './update-token-settings.service';

export const ORGANIZATIONS = [
  CreateOrganization,
  DeleteOrganization,
  GetIpAllowList,
  GetOrganization,
  GetOrganizationLimits,
  GetOwnOrganization,
  GetTokenSettings,
  ListOrganizations,
  UpdateIpAllowList,
  UpdateOrganization,
  UpdateOwnOrganization,
  UpdateTokenSettings,
];
