import { sql, type Tx } from '@portolan/db';
import { invalidParameter, isUuid, type Filter } from '@portolan/kernel';
import { AUDIT_LOG_FIELDS, filterOfIds } from './audit-log-filter';

const PEOPLE_MAX = 100;

/**
 * Filters with the ids of whom and what they name: the rows of a person and of a registry hold no name.
 *
 * @throws AppError invalid_parameters for a name that no registry has, or that very many people have
 */
export async function resolveNames(tx: Tx, filters: readonly Filter[]): Promise<readonly Filter[]> {
  const resolved: Filter[] = [];
  for (const filter of filters)
    if (filter.field === AUDIT_LOG_FIELDS.principal) resolved.push(await principalFilter(tx, filter));
    else if (filter.field === AUDIT_LOG_FIELDS.registry) resolved.push(await registryFilter(tx, filter));
    else resolved.push(filter);
  return resolved;
}

async function principalFilter(tx: Tx, filter: Filter): Promise<Filter> {
  const [name = ''] = filter.values;
  if (isUuid(name)) return filterOfIds('principal_id', [name]);
  const people = await tx.rows<{ id: string }>(
    sql`
      select id from audit_person where org_id = ${tx.ctx.orgId} and name_key = lower(${name}) limit ${PEOPLE_MAX + 1}`,
  );
  if (people.length > PEOPLE_MAX)
    throw invalidParameter({
      field: 'filter[principal]',
      rule: 'max_items',
      maximum: PEOPLE_MAX,
      reason: `filter[principal] names more than ${PEOPLE_MAX} principals; choose one by its id`,
      source: 'query',
    });
  // Who is no person is called in the rows themselves what he was called then.
  if (people.length === 0) return filter;
  return filterOfIds(
    'principal_id',
    people.map(({ id }) => id),
  );
}

async function registryFilter(tx: Tx, { values: [name = ''] }: Filter): Promise<Filter> {
  if (isUuid(name)) return filterOfIds('registry_id', [name]);
  const row = await tx.row<{ id: string }>(
    sql`select id from registry where org_id = ${tx.ctx.orgId} and name = ${name}`,
  );
  if (!row)
    throw invalidParameter({
      field: 'filter[registry]',
      rule: 'exists',
      reason: 'filter[registry] must be the name of a registry, or an id; a deleted one is found by its id only',
      source: 'query',
    });
  return filterOfIds('registry_id', [row.id]);
}
