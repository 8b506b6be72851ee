import { sql, type Tx } from '@portolan/db';
import { invalidParameter, isUuid } from '@portolan/kernel';
import type { Access, RoleAssignment } from '../rbac/access';
import { requireCeiling } from '../rbac/holder';
import { REGISTRIES } from '../rbac/roles';
import { isReserved, ownAudience } from './audience';
import type { IssuerRow } from './issuer-row';

type Trust = Pick<IssuerRow, 'id' | 'issuer_url' | 'audiences' | 'claim_rules'>;

/**
 * Whoever decides whose word is taken, and what follows from it, gives all that follows: the roles and teams of the
 * rules, and what subjects of the issuer hold themselves.
 *
 * @throws AppError privilege_ceiling
 */
export async function requireIssuerCeiling(tx: Tx, access: Access, { id, claim_rules: rules }: Trust): Promise<void> {
  const { orgId } = tx.ctx;
  const teamIds = rules.flatMap(({ team_id: teamId }) => teamId ?? []);
  const held = await tx.rows<RoleAssignment>(sql`
    select distinct a.role_name, a.entity_type_name, a.entity_id
    from role_assignment a
    where a.org_id = ${orgId}
      and (a.team_id = any(${teamIds}::uuid[])
           or a.issuer_subject_id in (select s.id from issuer_subject s
                                      where s.org_id = ${orgId} and s.issuer_id = ${id}))`);
  requireCeiling(access, [...rules.flatMap(({ role }) => role ?? []), ...held]);
}

/** @throws AppError invalid_parameters for a team or registry that is not there, be it somebody else's */
export async function requireReferences(tx: Tx, rules: IssuerRow['claim_rules']): Promise<void> {
  const { orgId } = tx.ctx;
  const wanted = rules.map(({ team_id: teamId, role }) => ({
    teamId: teamId ?? null,
    registryId: role?.entity_type_name === REGISTRIES && role.entity_id !== '*' ? role.entity_id : null,
  }));
  const idsOf = (kind: 'teamId' | 'registryId') => wanted.flatMap((one) => one[kind] ?? []).filter(isUuid);
  const teams = await tx.rows<{ id: string }>(
    sql`select id from team where org_id = ${orgId} and id = any(${idsOf('teamId')}::uuid[])`,
  );
  const registries = await tx.rows<{ id: string }>(
    sql`select id from registry where org_id = ${orgId} and id = any(${idsOf('registryId')}::uuid[])`,
  );
  const known = new Set([...teams, ...registries].map(({ id }) => id));
  for (const [index, { teamId, registryId }] of wanted.entries()) {
    if (teamId !== null && !known.has(teamId)) throw missing(`claim_rules.${index}.team_id`, 'team');
    if (registryId !== null && !known.has(registryId)) throw missing(`claim_rules.${index}.role.entity_id`, 'registry');
  }
}

/** The audience that is the organization's own. */
export async function findOwnAudience(tx: Tx, origin: string): Promise<string> {
  const row = await tx.row<{ name: string }>(sql`select name from organization where id = ${tx.ctx.orgId}`);
  if (!row) throw new Error('the organization is gone');
  return ownAudience(origin, row.name);
}

/**
 * A URL of ours as audience says whom a token is for: nobody takes what is for others.
 *
 * @throws AppError invalid_parameters
 */
export async function requireOwnAudiences(tx: Tx, origin: string, audiences: readonly string[]): Promise<void> {
  const own = await findOwnAudience(tx, origin);
  if (audiences.some((audience) => isReserved(origin, audience) && audience !== own))
    throw invalidParameter({
      field: 'audiences',
      rule: 'reserved',
      reason: `audiences must not hold a URL below ${origin}/ other than ${own}`,
      source: 'body',
    });
}

/**
 * A token must lead to one issuer of an organization.
 *
 * @throws AppError invalid_parameters
 */
export async function requireFreeAudiences(tx: Tx, issuer: Trust): Promise<void> {
  const other = await tx.row(sql`
    select 1 from trusted_issuer
    where org_id = ${tx.ctx.orgId} and id <> ${issuer.id} and issuer_url = ${issuer.issuer_url}
      and audiences && ${issuer.audiences}::text[] limit 1`);
  if (other)
    throw invalidParameter({
      field: 'audiences',
      rule: 'already_taken',
      reason: 'audiences must not hold one that another issuer of the organization with the same issuer_url takes',
      source: 'body',
    });
}

function missing(field: string, kind: string): Error {
  return invalidParameter({
    field,
    rule: 'missing_reference',
    reason: `${field} must be the id of a ${kind} of the organization`,
    source: 'body',
  });
}
