import { AssignRole } from './assign-role.service';
import { GetAssignedRole } from './get-assigned-role.query';
import { GetRegistryAccess } from './get-registry-access.query';
import { ListAssignedRoles } from './list-assigned-roles.query';
import { UnassignRole } from './unassign-role.service';

export const RBAC = [AssignRole, GetAssignedRole, GetRegistryAccess, ListAssignedRoles, UnassignRole];
