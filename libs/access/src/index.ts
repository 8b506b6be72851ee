export { AccessModule } from './access.module';
export { RecordDenial } from './record-denial.service';
export { CreateOrganization, mintAdministratorToken } from './organizations/create-organization.service';
export type { Access } from './rbac/access';
export { PERMISSIONS, type Permission } from './rbac/permissions';
export { REGISTRIES, REGISTRY_ADMIN, ROLES } from './rbac/roles';
export { mintAccessToken, type NewAccessToken } from './tokens/access-token';
export type { FoundRegistry } from './find-registry.query';
export { Authenticate } from './tokens/authenticate.query';
