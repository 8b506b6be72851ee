import { entityTypeKey, ROLES } from './roles';

interface DescribedRole {
  readonly name: string;
  readonly description: string;
}

/** The roles of one entity type, each under its key. */
export interface EntityTypeRoles {
  readonly name: string;
  readonly roles: Readonly<Record<string, DescribedRole>>;
}

/** Every role that can be assigned, by the key of its entity type. */
export function roleCatalogue(): Readonly<Record<string, EntityTypeRoles>> {
  return Object.fromEntries(
    Object.entries(ROLES).map(([type, roles]) => [
      entityTypeKey(type),
      {
        name: type,
        roles: Object.fromEntries(
          Object.entries(roles).map(([name, { description }]) => [entityTypeKey(name), { name, description }]),
        ),
      },
    ]),
  );
}
