import type { AuditEvent } from '@portolan/audit';
import { constant, sql, type Tx } from '@portolan/db';
import { invalidParameter, isUuid, type ListFields } from '@portolan/kernel';
import type { FoundHolder, NamedHolder } from './find-holder';
import { findRole, REGISTRIES, ROLES } from './roles';

export const ENTITY_TYPES = Object.keys(ROLES);
/** Konnect's regions. A registry is in none of them: every region is accepted and means the same. */
export const ENTITY_REGIONS = ['us', 'eu', 'au', 'me', 'in', 'sg', '*'] as const;

export type EntityRegion = (typeof ENTITY_REGIONS)[number];

export interface NewAssignedRole {
  readonly role_name: string;
  readonly entity_type_name: string;
  /** Id of a registry in lower case, or `*`. */
  readonly entity_id: string;
  readonly entity_region: EntityRegion;
}

export interface AssignedRoleRow {
  readonly id: string;
  readonly role_name: string;
  readonly entity_id: string;
  readonly entity_type_name: string;
  readonly entity_region: string;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
}

export const ASSIGNED_ROLE_COLUMNS = constant(
  'id, role_name, entity_id, entity_type_name, entity_region, rfc3339(created_at) as created_at',
);

/** What a list of assigned roles can be filtered and sorted by. */
export const ASSIGNED_ROLE_FIELDS: ListFields = {
  role_name: { column: 'role_name', kind: 'string', sortable: true },
  entity_type_name: { column: 'entity_type_name', kind: 'string', sortable: true },
  entity_id: { column: 'entity_id', kind: 'string', sortable: true },
  created_at: { column: 'role_assignment.created_at', kind: 'date', sortable: true },
};

/** @throws AppError invalid_parameters (enum) for a role that the entity type does not have */
export function requireRole({ role_name: role, entity_type_name: type, entity_id: entityId }: NewAssignedRole): void {
  if (!findRole(type, role)) {
    const choices = Object.keys(ROLES[type] ?? {});
    throw invalidParameter({
      field: 'role_name',
      rule: 'enum',
      choices,
      reason: `role_name must be one of [${choices.join(', ')}] for [${type}]`,
      source: 'body',
    });
  }
  if (type !== REGISTRIES && entityId !== '*')
    throw invalidParameter({
      field: 'entity_id',
      rule: 'enum',
      choices: ['*'],
      reason: `entity_id must be * for [${type}]`,
      source: 'body',
    });
}

/**
 * Makes sure that the entity is there, and that it stays until the transaction ends.
 *
 * @throws AppError invalid_parameters (missing_reference), alike for a foreign id, a missing one and what is no id
 */
export async function requireEntity(tx: Tx, entityId: string): Promise<void> {
  if (entityId === '*') return;
  const found = isUuid(entityId)
    ? await tx.row(sql`select 1 from registry where org_id = ${tx.ctx.orgId} and id = ${entityId} for key share`)
    : undefined;
  if (!found)
    throw invalidParameter({
      field: 'entity_id',
      rule: 'missing_reference',
      reason: 'entity_id must be * or the id of a registry of the organization',
      source: 'body',
    });
}

/** The registry that an assigned role is about, for the audit trail. */
/** How the audit trail names who holds a role. */
export function auditedHolder(
  type: NamedHolder['type'],
  { id, name }: FoundHolder,
): Pick<AuditEvent, 'person' | 'parent' | 'targetName'> {
  return { parent: { type, id }, ...(type === 'user' ? { person: { id, name } } : { targetName: name }) };
}

export function auditedRegistry({ entity_type_name: type, entity_id: entityId }: AssignedRoleRow): {
  registryId?: string;
} {
  return type === REGISTRIES && entityId !== '*' ? { registryId: entityId } : {};
}
