import { OrganizationMeController } from './organization-me.controller';
import { OrganizationSettingsController } from './organization-settings.controller';
import { OrganizationsController } from './organizations.controller';

export const ORGANIZATION_CONTROLLERS = [
  OrganizationMeController,
  OrganizationSettingsController,
  OrganizationsController,
];
