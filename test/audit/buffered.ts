import { AuditBuffer } from '@portolan/audit';
import { systemCtx, type Ctx } from '@portolan/kernel';
import { TEST_ENVIRONMENT, type Organization, type World } from '../support/world';

export const bufferOf = ({ app }: World) => app.get(AuditBuffer);

export function ctxOf({ id }: Organization): Ctx {
  return systemCtx(id, 'test', '0'.repeat(32));
}

/** Denials that come at once, each resolved when the buffer lets go of its caller. */
export async function deny(world: World, organization: Organization, count: number, reason = 'test'): Promise<void> {
  const event = { action: 'permission.deny', result: 'denied', reason } as const;
  await Promise.all(Array.from({ length: count }, () => bufferOf(world).mustRecord(ctxOf(organization), event)));
}

/** Ends once all rows that were buffered for an organization before are written, as long as they fit into one batch. */
export async function flushed(world: World, organization: Organization): Promise<void> {
  await deny(world, organization, 1, 'flushed');
}

export async function countOf({ db }: World, { id }: Organization, reason: string): Promise<number> {
  const [row] = await db.query<{ count: number }>(
    'select count(*)::integer as count from audit_log where org_id = $1 and reason = $2',
    [id, reason],
  );
  return row?.count ?? 0;
}

/** What the trail of an organization says of rows that found no place. */
export function dropsOf({ db }: World, { id }: Organization): Promise<object[]> {
  return db.query(
    `select kind, principal_type, principal_name, after from audit_log
     where org_id = $1 and action = 'audit_log.drop' order by occurred_at`,
    [id],
  );
}

/** A metric of the API, of all its labels together. */
export async function metricOf(world: World, name: string): Promise<number> {
  const { text } = await world.call('GET', '/metrics', { token: TEST_ENVIRONMENT['OPERATOR_TOKEN'] ?? '' });
  const values = [...text.matchAll(/^(\w+)(?:\{.*\})? (\S+)$/gm)].filter(([, found]) => found === name);
  if (values.length === 0) throw new Error(`there is no metric ${name}`);
  return values.reduce((sum, [, , value]) => sum + Number(value), 0);
}

/** The database takes no audit row until the answer is called. */
export async function refuseRows({ db }: World): Promise<() => Promise<void>> {
  await db.query('revoke insert on audit_log from portolan_app');
  return async () => {
    await db.query('grant insert on audit_log to portolan_app');
  };
}

const HELD = 'held by a test';

/** A write of audit rows of this organization takes until the answer is called. */
export async function holdRows({ db }: World, { id }: Organization): Promise<() => Promise<void>> {
  await db.query(`
    create function hold_audit_rows() returns trigger language plpgsql as $$
    begin
      perform pg_advisory_xact_lock(hashtext('${HELD}'));
      return new;
    end $$`);
  await db.query(`
    create trigger hold_audit_rows before insert on audit_log
    for each row when (new.org_id = '${id}') execute function hold_audit_rows()`);
  await db.query('select pg_advisory_lock(hashtext($1))', [HELD]);
  return async () => {
    await db.query('select pg_advisory_unlock(hashtext($1))', [HELD]);
  };
}

export async function releaseRows({ db }: World): Promise<void> {
  await db.query('drop trigger if exists hold_audit_rows on audit_log');
  await db.query('drop function if exists hold_audit_rows');
}
