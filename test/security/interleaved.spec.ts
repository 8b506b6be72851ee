import { Agent, request as httpRequest, type ClientRequest } from 'node:http';
import { Client, Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { until } from '../support/until';
import { aServer, aWorld, type Organization, type World } from '../support/world';
import { inBatches, MISSING } from './fixture';
import { storedRows } from './stored-rows';

const SEED = 20_260_731;
const ORGANIZATIONS = 50;
const REQUESTS = 10_000;
const IN_FLIGHT = 32;
const CONNECTIONS = 2;
const LOCK_EVERY = 400;
const CANCEL_EVERY = 50;
const UNLIMITED = '100000/1000000';
/** What every text of an organization holds, and no other text. */
const MARK = /tenant\d\d/g;
const UUID = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

interface Tenant extends Organization {
  readonly registryId: string;
  readonly teamId: string;
  /** Token of a user who may do nothing. */
  readonly powerless: string;
}

interface Question {
  readonly method: string;
  readonly path: string;
  readonly token?: string;
  readonly body?: unknown;
  /** When nothing disturbs it. */
  readonly status: number;
}

/** When the client hangs up: with half of its body sent, with all sent, or with the answer begun. */
type Abort = 'half sent' | 'sent' | 'answered';

const SERVERS = '/registries/tools/v0.1/servers';

const QUESTIONS: Readonly<Record<string, (own: Tenant, other: Tenant) => Question>> = {
  list: ({ admin }) => ({ method: 'GET', path: SERVERS, token: admin, status: 200 }),
  search: ({ admin }) => ({ method: 'GET', path: `${SERVERS}?search=tenant`, token: admin, status: 200 }),
  version: ({ admin, name }) => ({
    method: 'GET',
    path: `${SERVERS}/com.example%2F${name}/versions/latest`,
    token: admin,
    status: 200,
  }),
  registry: ({ admin }) => ({ method: 'GET', path: '/v0/registries/tools', token: admin, status: 200 }),
  registries: ({ admin }) => ({ method: 'GET', path: '/v0/registries', token: admin, status: 200 }),
  users: ({ admin }) => ({ method: 'GET', path: '/v0/users', token: admin, status: 200 }),
  teams: ({ admin }) => ({ method: 'GET', path: '/v0/teams?page[size]=100', token: admin, status: 200 }),
  organization: ({ admin }) => ({ method: 'GET', path: '/v0/organizations/me', token: admin, status: 200 }),
  'taken name': ({ admin }) => ({
    method: 'POST',
    path: '/v0/registries',
    token: admin,
    body: { name: 'tools' },
    status: 409,
  }),
  'published version': ({ admin, name }) => ({
    method: 'POST',
    path: '/registries/tools/v0.1/publish',
    token: admin,
    body: aServer({ name: `com.example/${name}` }),
    status: 400,
  }),
  'full registry': ({ admin }) => ({ method: 'DELETE', path: '/v0/registries/tools', token: admin, status: 409 }),
  'foreign member': ({ admin, teamId }, { teamId: id }) => ({
    method: 'POST',
    path: `/v0/teams/${teamId}/users`,
    token: admin,
    body: { id },
    status: 400,
  }),
  'foreign team': ({ admin }, { teamId }) => ({
    method: 'PATCH',
    path: `/v0/teams/${teamId}`,
    token: admin,
    body: { description: 'taken over' },
    status: 404,
  }),
  'foreign list': ({ admin }, { registryId }) => ({
    method: 'GET',
    path: `/registries/${registryId}/v0.1/servers`,
    token: admin,
    status: 404,
  }),
  'foreign base': ({ admin }, { name }) => ({
    method: 'GET',
    path: `/o/${name}${SERVERS}`,
    token: admin,
    status: 404,
  }),
  'foreign registry': ({ admin }, { registryId }) => ({
    method: 'DELETE',
    path: `/v0/registries/${registryId}?force=true`,
    token: admin,
    status: 404,
  }),
  'missing user': ({ admin }) => ({ method: 'GET', path: `/v0/users/${MISSING}`, token: admin, status: 404 }),
  // Refused with a row in the audit trail.
  powerless: ({ powerless }) => ({ method: 'GET', path: '/v0/users', token: powerless, status: 403 }),
  nobody: ({ registryId }) => ({ method: 'GET', path: `/registries/${registryId}/v0.1/servers`, status: 401 }),
};

/** Numbers from 0 up to 1 that are the same in every run. */
function numbersFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe(`Requests of ${ORGANIZATIONS} organizations over ${CONNECTIONS} connections`, () => {
  let world: World;
  let locker: Client;
  const tenants: Tenant[] = [];
  /** Whose an id is. */
  const owners = new Map<unknown, string>();
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });

  beforeAll(async () => {
    world = await aWorld({
      DATABASE_POOL_SIZE: String(CONNECTIONS),
      DATABASE_STATEMENT_TIMEOUT_MS: '1000',
      RATE_LIMIT_READ: UNLIMITED,
      RATE_LIMIT_SEARCH: UNLIMITED,
      RATE_LIMIT_WRITE: UNLIMITED,
      RATE_LIMIT_AUTH: UNLIMITED,
    });
    // Hundreds of lines about statements that were cancelled on purpose.
    world.app.useLogger(false);
    locker = new Client({ connectionString: world.db.superuserUrl });
    await locker.connect();
    const names = Array.from({ length: ORGANIZATIONS }, (_, index) => `tenant${String(index).padStart(2, '0')}`);
    tenants.push(...(await inBatches(names, aTenant, CONNECTIONS)));
    for (const rows of Object.values(await stored()))
      for (const row of rows) owners.set(row.id, tenants.find(({ id }) => id === (row.org_id ?? row.id))?.name ?? '');
  });

  afterAll(async () => {
    agent.destroy();
    await locker.end();
    await world.close();
  });

  async function aTenant(name: string): Promise<Tenant> {
    const organization = await world.anOrganization(name);
    const texts = { display_name: `Tools of ${name}`, description: `Of ${name}` };
    const registryId = await world.aRegistry(organization, 'tools', texts);
    await world.publish(organization, 'tools', aServer({ name: `com.example/${name}`, description: `Of ${name}` }));
    const teamId = uuidv7();
    await world.db.query(`insert into team (org_id, id, name) values ($1, $2, $3)`, [
      organization.id,
      teamId,
      `Team of ${name}`,
    ]);
    return { ...organization, registryId, teamId, powerless: await world.aUser(organization) };
  }

  // The refused are in the audit trail, which is looked at by itself.
  function stored() {
    const ids = tenants.map(({ id }) => id);
    return storedRows(world.db, ids, ['audit_log', 'audit_unsealed', 'audit_person']);
  }

  /** The status of the answer and all that it says, or null when the client hung up. */
  function ask(question: Question, abort: Abort | null): Promise<{ status: number; text: string } | null> {
    const { hostname, port } = new URL(world.url);
    const { method, path, token } = question;
    const body = question.body === undefined ? '' : JSON.stringify(question.body);
    const headers = {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === '' ? {} : { 'content-type': 'application/json', 'content-length': String(body.length) }),
    };
    return new Promise((resolve, reject) => {
      const request: ClientRequest = httpRequest({ hostname, port, method, path, headers, agent }, (response) => {
        if (abort === 'answered') return void request.destroy();
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const text = JSON.stringify(response.headers) + Buffer.concat(chunks).toString();
          resolve({ status: response.statusCode ?? 0, text });
        });
      });
      request.on('error', (error) => {
        if (abort === null) reject(error);
      });
      request.on('close', () => {
        if (abort !== null) resolve(null);
      });
      if (abort === 'half sent' && body !== '') request.write(body.slice(body.length / 2), () => request.destroy());
      else request.end(body, () => abort === null || abort === 'answered' || request.destroy());
    });
  }

  /** What an answer says of anybody else. */
  function strangersIn(text: string, own: Tenant): string[] {
    const named = [...text.matchAll(MARK)].map(([name]) => name);
    const owned = [...text.matchAll(UUID)].flatMap(([id]) => owners.get(id) ?? []);
    return [...named, ...owned].filter((name) => name !== own.name);
  }

  /** How many statements waited for a lock. */
  async function cancelWaiting(): Promise<number> {
    const rows = await world.db.query(
      `select pg_cancel_backend(pid) from pg_stat_activity
       where datname = current_database() and usename = $1 and wait_event_type = 'Lock'`,
      [new URL(world.db.appUrl).username],
    );
    return rows.length;
  }

  /** Holds a table until a statement that waits for it is cancelled, or has timed out. */
  async function holdTable(own: Tenant, howItEnds: 'cancelled' | 'timed out'): Promise<void> {
    await locker.query('begin; lock table team in access exclusive mode');
    const reader = ask({ method: 'GET', path: '/v0/teams', token: own.admin, status: 200 }, null);
    let isAnswered = false;
    void reader.finally(() => (isAnswered = true));
    try {
      if (howItEnds === 'timed out') expect((await reader)?.status).toBe(503);
      else await until('a statement that waits is cancelled', async () => isAnswered || (await cancelWaiting()) > 0);
    } finally {
      await locker.query('rollback');
    }
    const answer = await reader;
    expect([200, 503]).toContain(answer?.status);
    expect(strangersIn(answer?.text ?? '', own)).toEqual([]);
  }

  it('tell each its own and nothing else, whatever is aborted, refused, cancelled or timed out', async () => {
    const before = await stored();
    const next = numbersFrom(SEED);
    const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)] as T;
    const steps = Array.from({ length: REQUESTS }, () => {
      const own = pick(tenants);
      const other = pick(tenants.filter((one) => one !== own));
      const kind = pick(Object.keys(QUESTIONS));
      const abort = next() < 0.1 ? pick<Abort>(['half sent', 'sent', 'answered']) : null;
      return { own, kind, abort, question: QUESTIONS[kind]?.(own, other) as Question };
    });
    const wrong: string[] = [];
    const seen = new Map<string, number>();
    const note = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
    let asked = 0;
    let disturbance: Promise<unknown> = Promise.resolve();
    const worker = async () => {
      for (;;) {
        const index = (asked += 1) - 1;
        const step = steps[index];
        if (!step) return;
        if (index % LOCK_EVERY === 0) {
          const howItEnds = index % (5 * LOCK_EVERY) === 0 ? 'timed out' : 'cancelled';
          disturbance = disturbance.then(() => holdTable(step.own, howItEnds));
        } else if (index % CANCEL_EVERY === 0)
          await world.db.query(
            `select pg_cancel_backend(pid) from pg_stat_activity
             where datname = current_database() and usename = $1 and state = 'active'`,
            [new URL(world.db.appUrl).username],
          );
        const { own, kind, abort, question } = step;
        const answer = await ask(question, abort);
        if (!answer) {
          note('aborted');
          continue;
        }
        const { status, text } = answer;
        note(status === 503 ? 'gave up' : kind);
        const strangers = strangersIn(text, own);
        const names = status !== 200 || text.includes(own.name);
        if (strangers.length > 0 || !names || (status !== question.status && status !== 503))
          wrong.push(`${own.name} ${question.method} ${question.path}: ${status}, ${strangers.join()} ${text}`);
      }
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    await disturbance;

    expect(wrong).toEqual([]);
    expect([...seen.keys()].sort()).toEqual([...Object.keys(QUESTIONS), 'aborted', 'gave up'].sort());
    expect([...seen.values()].reduce((sum, count) => sum + count)).toBe(REQUESTS);
    expect(await stored()).toEqual(before);
  }, 180_000);

  it('leave no transaction open and no organization behind on a connection', async () => {
    const open = () =>
      world.db.query(
        `select state, query from pg_stat_activity where datname = current_database() and usename = $1 and state <> 'idle'`,
        [new URL(world.db.appUrl).username],
      );
    await until('every transaction has ended', async () => (await open()).length === 0);
    const pool = world.app.get(Pool, { strict: false });
    const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.connect()));
    try {
      const found = [];
      for (const client of clients) {
        const { rows } = await client.query<{ pid: number }>(
          `select pg_backend_pid() as pid, coalesce(current_setting('app.org_id', true), '') as org,
                  pg_current_xact_id_if_assigned() as transaction, (select count(*)::int from registry) as rows`,
        );
        found.push(...rows);
      }
      expect(new Set(found.map(({ pid }) => pid)).size).toBe(CONNECTIONS);
      for (const one of found) expect(one).toEqual({ pid: one.pid, org: '', transaction: null, rows: 0 });
    } finally {
      for (const client of clients) client.release();
    }
    const [server] = await world.db.query<{ count: number }>(
      `select count(*)::int from pg_stat_activity
       where datname = current_database() and usename = $1 and application_name <> 'portolan-api-changes'`,
      [new URL(world.db.appUrl).username],
    );
    expect(server?.count).toBe(CONNECTIONS);
  });

  it('are in the audit trail of the organization that asked', async () => {
    const rows = await world.db.query<{ foreign: number; denied: number; organizations: number }>(
      `select count(*) filter (where u.org_id is null)::int as foreign, count(*)::int as denied,
              count(distinct a.org_id)::int as organizations
       from audit_log a left join user_account u on u.org_id = a.org_id and u.id = a.principal_id
       where a.org_id = any ($1) and a.result = 'denied'`,
      [tenants.map(({ id }) => id)],
    );
    expect(rows).toEqual([{ foreign: 0, denied: rows[0]?.denied, organizations: ORGANIZATIONS }]);
  });
});
