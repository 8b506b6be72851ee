import { SystemAccountRolesController, TeamRolesController, UserRolesController } from './assigned-roles.controller';
import { RegistryAccessController } from './registry-access.controller';
import { RolesController } from './roles.controller';

export const ROLE_CONTROLLERS = [
  RolesController,
  UserRolesController,
  TeamRolesController,
  SystemAccountRolesController,
  RegistryAccessController,
];
