import { sql, type Tx } from '@portolan/db';

const ITEMS_MAX = 10_000;

/**
 * Keeps what became of each version where something did; what went wrong comes first where there is too much.
 *
 * @returns whether there was more than is kept
 */
export async function keepItems(tx: Tx, runId: string): Promise<boolean> {
  const { orgId } = tx.ctx;
  // A held run that was released says now what was done.
  await tx.run(sql`delete from mirror_run_item where org_id = ${orgId} and run_id = ${runId}`);
  const kept = await tx.run(sql`
    insert into mirror_run_item (org_id, run_id, name, version, action, reason, detail, guard)
    select ${orgId}, ${runId}, name, version, action,
           case when reason <> 'take' then reason
                when action = 'new' then 'listed'
                when was_hash <> document_hash then 'content'
                else 'metadata' end,
           fault, guard
    from pg_temp.plan
    where action in ('new', 'changed', 'tombstoned', 'removed', 'quarantined', 'conflict')
    order by guard is null,
             array_position(array['conflict', 'quarantined', 'tombstoned', 'removed', 'changed', 'new'], action), name, version
    limit ${ITEMS_MAX}`);
  if (kept < ITEMS_MAX) return false;
  const row = await tx.row<{ items: number }>(sql`
    select count(*)::float8 as items from pg_temp.plan
    where action in ('new', 'changed', 'tombstoned', 'removed', 'quarantined', 'conflict')`);
  return (row?.items ?? 0) > ITEMS_MAX;
}
