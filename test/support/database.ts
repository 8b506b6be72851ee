import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { testCluster } from './cluster';
import { until } from './until';

const TEMPLATE = 'portolan';
const DEADLOCK = '40P01';
const READS_ONLY = /^\s*(select|explain|show|vacuum|analyze)\b/i;

interface Listener {
  settled(): Promise<void>;
}

/** A database of its own, cloned from the migrated template. */
export interface TestDatabase {
  readonly appUrl: string;
  readonly ownerUrl: string;
  /** Bypasses row security: for looking at what is really there. */
  readonly superuserUrl: string;
  /** Runs one statement as the superuser. What it changes behind the application's back is told to all who listen. */
  query<T>(text: string, values?: readonly unknown[]): Promise<T[]>;
  /** Has `query` wait until this listener knows of the change. */
  tells(listener: Listener): void;
  drop(): Promise<void>;
}

/** One statement, which the application's own transactions may have met half way: they are repeated, too. */
async function evenAfterDeadlock<T>(statement: () => Promise<T>): Promise<T> {
  try {
    return await statement();
  } catch (error) {
    if ((error as { code?: string }).code !== DEADLOCK) throw error;
    return evenAfterDeadlock(statement);
  }
}

export async function cloneDatabase(): Promise<TestDatabase> {
  const cluster = testCluster();
  const name = `test_${randomBytes(8).toString('hex')}`;
  await once(cluster.superuserUrl, `create database ${name} template ${TEMPLATE} owner portolan_owner`);
  // A copy has not the rights of its template on the database itself.
  await once(cluster.superuserUrl, `revoke connect, temporary on database ${name} from public`);
  await once(cluster.superuserUrl, `grant connect, temporary on database ${name} to portolan_app`);
  const on = (url: string) => {
    const copy = new URL(url);
    copy.pathname = `/${name}`;
    return copy.toString();
  };
  const superuserUrl = on(cluster.superuserUrl);
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  const listeners: Listener[] = [];
  return {
    appUrl: on(cluster.appUrl),
    ownerUrl: on(cluster.ownerUrl),
    superuserUrl,
    query: async <T>(text: string, values: readonly unknown[] = []) => {
      const { rows } = await evenAfterDeadlock(() => client.query<Record<string, unknown>>(text, [...values]));
      if (!READS_ONLY.test(text)) {
        await client.query(`notify portolan_changes, '*'`);
        await Promise.all(listeners.map((listener) => listener.settled()));
      }
      return rows as T[];
    },
    tells: (listener) => {
      listeners.push(listener);
    },
    drop: async () => {
      await client.end();
      await dropUnused(cluster.superuserUrl, name);
    },
  };
}

/** A connection that nobody has closed would keep the database: then the test that left it open fails. */
async function dropUnused(superuserUrl: string, name: string): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    await until(`the connections to ${name} are closed`, async () => {
      const { rowCount } = await client.query('select from pg_stat_activity where datname = $1', [name]);
      return rowCount === 0;
    });
    await client.query(`drop database ${name}`);
  } finally {
    await client.end();
  }
}

async function once(url: string, text: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(text);
  } finally {
    await client.end();
  }
}
