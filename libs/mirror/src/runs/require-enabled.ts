import { sql, type Tx } from '@portolan/db';
import { AppError } from '@portolan/kernel';
import type { MirrorRow } from '../mirrors/mirror-row';

/**
 * @param dryRun a dry run may be asked for before the mirror is enabled: it tells what enabling would bring
 * @throws AppError mirror_disabled, upstream_disabled
 */
export async function requireEnabled(tx: Tx, { enabled, upstream_id }: MirrorRow, dryRun = false): Promise<void> {
  if (!enabled && !dryRun) throw new AppError('mirror_disabled');
  const upstream = await tx.row(sql`
    select 1 from upstream where org_id = ${tx.ctx.orgId} and id = ${upstream_id} and enabled`);
  if (!upstream) throw new AppError('upstream_disabled');
}
