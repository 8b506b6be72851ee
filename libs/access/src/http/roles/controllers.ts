import { RegistryAccessController } from './registry-access.controller';
import { RolesController } from './roles.controller';
import { SystemAccountRolesController } from './system-account-roles.controller';
import { TeamRolesController } from './team-roles.controller';
import { UserRolesController } from './user-roles.controller';

export const ROLE_CONTROLLERS = [
  RolesController,
  UserRolesController,
  TeamRolesController,
  SystemAccountRolesController,
  RegistryAccessController,
];
