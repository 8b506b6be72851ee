import { constant, sql, type Tx } from '@portolan/db';

const ITEMS_MAX = 10_000;
/** Of what is merely new: a registry that fills for the first time would keep a list of all it holds. */
const NEW_ITEMS_MAX = 1_000;
const KEPT = constant(`'new', 'changed', 'tombstoned', 'removed', 'quarantined', 'conflict'`);

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
                when action = 'tombstoned' then 'deleted'
                when was_hash <> document_hash then 'content'
                else 'metadata' end,
           fault, guard
    from (select p.*, row_number() over (partition by p.action order by p.name, p.version) as nth
          from pg_temp.plan p where p.action in (${KEPT})) p
    where action <> 'new' or nth <= ${NEW_ITEMS_MAX}
    order by guard is null,
             array_position(array['conflict', 'quarantined', 'tombstoned', 'removed', 'changed', 'new'], action), name, version
    limit ${ITEMS_MAX}`);
  const row = await tx.row<{ items: number }>(
    sql`select count(*)::float8 as items from pg_temp.plan where action in (${KEPT})`,
  );
  return (row?.items ?? 0) > kept;
}
