import { sql, type Tx } from '@portolan/db';
import { AppError } from '@portolan/kernel';
import type { MirrorRow } from '../mirrors/mirror-row';

/** @throws AppError mirror_disabled, upstream_disabled */
export async function requireEnabled(tx: Tx, { enabled, upstream_id }: MirrorRow): Promise<void> {
  if (!enabled) throw new AppError('mirror_disabled');
  const upstream = await tx.row(sql`
    select 1 from upstream where org_id = ${tx.ctx.orgId} and id = ${upstream_id} and enabled`);
  if (!upstream) throw new AppError('upstream_disabled');
}
