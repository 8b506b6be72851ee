import { loadApiConfig } from '@portolan/config';
import { v7 as uuidv7 } from 'uuid';
import { createApp } from '../../apps/api/src/create-app';
import { sealAll } from '../support/sealing';
import { TEST_ENVIRONMENT, type World } from '../support/world';

/** Makes the partitions of past months, as the owner of all the others. */
export async function partitionsSince({ db }: World, days: number): Promise<void> {
  await db.query('set role portolan_owner');
  for (const table of ['audit_log', 'audit_seal'])
    await db.query('select add_audit_partitions($1, now() - make_interval(days => $2))', [table, days]);
  await db.query('reset role');
}

/** The n-th day of the month so many months before this one, noon UTC, RFC 3339. */
export function monthsAgo(months: number, day = 10): string {
  const now = new Date();
  return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, day, 12)).toISOString();
}

/** So many days ago, RFC 3339. */
export function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString();
}

/** The seven days are over for which a purge waits after settings that keep less. */
export function aWeekLater(world: World): Promise<void> {
  return later(world, '7 days');
}

/** So much has passed since settings changed to keep less. */
export async function later({ db }: World, interval: string): Promise<void> {
  await db.query('set session_replication_role = replica');
  await db.query('update audit_settings set loosened_at = loosened_at - $1::interval', [interval]);
  await db.query('set session_replication_role = origin');
}

/** A row of a past time, not sealed; returns its id. */
export async function anOldRow({ db }: World, { id: orgId }: { readonly id: string }, time: string): Promise<string> {
  const id = uuidv7();
  await db.query(
    `insert into audit_log (org_id, id, occurred_at, kind, action, result, principal_type, principal_name, request_id)
     values ($1, $2, $3, 'change', 'team.create', 'success', 'system', 'test', 'none')`,
    [orgId, id, time],
  );
  return id;
}

export interface Past {
  /** Sets the clock: RFC 3339. */
  at(time: string): Promise<void>;
  /** A row of the time that the clock shows, not sealed yet; returns its id. */
  row(organization: { readonly id: string }): Promise<string>;
  /** Seals all that waits, at the time that the clock shows. */
  seal(organization: { readonly id: string }): Promise<void>;
}

/**
 * Lets a second API work for which the clock of the database shows what the test says: what waits is sealed by the code
 * that always does, only long ago. The world itself has to wait.
 */
export async function inThePast(world: World, work: (past: Past) => Promise<void>): Promise<void> {
  const { db } = world;
  const role = new URL(db.appUrl).username;
  const where = `role ${role} in database ${new URL(db.appUrl).pathname.slice(1)}`;
  for (const text of [
    'create schema if not exists past',
    'create table if not exists past.clock (shows timestamptz not null)',
    `create or replace function past.clock_timestamp() returns timestamptz language sql volatile
     as $$ select shows from past.clock $$`,
    `grant usage on schema past to ${role}`,
    `grant select on past.clock to ${role}`,
    `alter ${where} set search_path = past, pg_catalog, public`,
  ])
    await db.query(text);
  const app = await createApp(loadApiConfig({ ...TEST_ENVIRONMENT, DATABASE_URL: db.appUrl }));
  try {
    await work({
      at: async (time) => {
        await db.query('delete from past.clock');
        await db.query('insert into past.clock values ($1)', [time]);
      },
      row: async (organization) => {
        const [clock] = await db.query<{ shows: string }>('select rfc3339(shows) as shows from past.clock');
        if (clock === undefined) throw new Error('the clock was not set');
        return anOldRow(world, organization, clock.shows);
      },
      seal: async ({ id: orgId }) => {
        await sealAll(app, orgId);
      },
    });
  } finally {
    await app.close();
    await db.query(`alter ${where} reset search_path`);
  }
}
