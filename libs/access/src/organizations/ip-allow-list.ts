import { sql, type SqlFragment, type Tx } from '@portolan/db';
import { AppError, invalidParameter } from '@portolan/kernel';

export const ALLOWED_IPS_MAX = 1_000;

export interface IpAllowList {
  readonly enabled: boolean;
  /** CIDR ranges as PostgreSQL writes them: `192.0.2.1/32`, `2001:db8::/32`. */
  readonly allowed_ips: readonly string[];
}

/** @throws AppError organization_not_found */
export async function ipAllowListOf(tx: Tx, lock: SqlFragment): Promise<IpAllowList> {
  const row = await tx.row<IpAllowList>(sql`
    select ip_allow_list_enabled as enabled, allowed_ips::text[] as allowed_ips
    from organization where id = ${tx.ctx.orgId} ${lock}`);
  if (!row) throw new AppError('organization_not_found');
  return row;
}

/**
 * The one text of each range, in the given order.
 *
 * @throws AppError invalid_parameters for a range that was there before
 */
export async function canonicalRanges(tx: Tx, ranges: readonly string[]): Promise<readonly string[]> {
  const rows = await tx.rows<{ range: string }>(sql`
    select network(range::inet)::text as range from unnest(${ranges}::text[]) with ordinality as given (range, position)
    order by position`);
  const canonical = rows.map(({ range }) => range);
  const repeated = canonical.findIndex((range, index) => canonical.indexOf(range) < index);
  if (repeated !== -1)
    throw invalidParameter({
      field: `allowed_ips.${repeated}`,
      rule: 'unique_items',
      reason: `allowed_ips.${repeated} is ${canonical[repeated] ?? ''}, which the list holds already`,
      source: 'body',
    });
  return canonical;
}

/** Whether the caller's own address is in one of the ranges. */
export async function callerIsIn(tx: Tx, ranges: readonly string[]): Promise<boolean> {
  const row = await tx.row<{ inside: boolean }>(
    sql`select coalesce(${tx.ctx.address}::inet <<= any (${ranges}::cidr[]), false) as inside`,
  );
  return row?.inside === true;
}
