import { call as request } from '../support/http';
import { Home, until, type Program, type Ready } from './launcher-harness';
import { KINDS, Mutations, type Mutation } from './mutations';

const MUTATIONS = 1_000;
const CLIENTS = 6;
const UNLIMITED = '100000/1000000';
const SETTINGS = { RATE_LIMIT_READ: UNLIMITED, RATE_LIMIT_WRITE: UNLIMITED };
/** What is killed, one after the other, while mutations are on their way. */
const VICTIMS = ['apps/api', 'postgres -D', 'apps/worker', 'everything', 'apps/api', 'postgres -D'];

interface AuditRow {
  readonly action: string;
  readonly result: string;
  readonly request_id: string;
  readonly sequence: number | null;
  readonly target: { readonly id: string };
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

interface AuditPage {
  readonly data: readonly AuditRow[];
  readonly meta: { readonly page: { readonly next: string | null } };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    // It has followed its parent already.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

async function trail(ready: Ready): Promise<AuditRow[]> {
  const rows: AuditRow[] = [];
  for (let path: string | null = '/v0/audit-logs?page[size]=1000'; path !== null;) {
    const answer = await request(ready.url, 'GET', path, { token: ready.admin_token });
    const page: AuditPage = answer.json<AuditPage>();
    rows.push(...page.data);
    path = page.meta.page.next;
  }
  return rows.reverse();
}

describe('npm start killed again and again in the middle of changes', () => {
  const home = new Home();
  const acknowledged: { mutation: Mutation; requestId: string }[] = [];
  let program: Program;
  let ready: Ready;
  let mutations: Mutations;
  let rows: AuditRow[];
  /** A start of everything that is under way. */
  let starting: Promise<void> = Promise.resolve();

  beforeAll(async () => {
    program = home.start(SETTINGS);
    ready = await home.ready(program);
    mutations = await Mutations.prepare(ready);
    await changeAndKill();
    await serves();
    await until('the end of sealing', async () => {
      rows = await trail(ready);
      return rows.every(({ sequence }) => sequence !== null);
    });
  }, 300_000);

  afterAll(() => home.remove());

  /** Kills by what has happened, not by the clock: some requests are always on their way then. */
  async function changeAndKill(): Promise<void> {
    const share = MUTATIONS / (VICTIMS.length + 1);
    const due = VICTIMS.map((victim, index) => ({ victim, at: Math.round(share * (index + 0.5 + Math.random())) }));
    const started = { count: 0 };
    const client = async (): Promise<void> => {
      while (acknowledged.length < MUTATIONS) {
        const next = due[0];
        if (next !== undefined && acknowledged.length >= next.at) {
          due.shift();
          await strike(next.victim);
        }
        const mutation = mutations.next((started.count += 1));
        const answer = await request(ready.url, mutation.method, mutation.path, {
          token: ready.admin_token,
          body: mutation.body,
        }).catch(() => null);
        if (answer !== null && answer.status < 300) {
          acknowledged.push({ mutation, requestId: String(answer.headers['x-request-id']) });
          mutations.note(mutation);
        } else await serves();
      }
    };
    await Promise.all(Array.from({ length: CLIENTS }, client));
  }

  async function strike(victim: string): Promise<void> {
    if (victim !== 'everything') {
      kill(home.pidOf(victim));
      return;
    }
    starting = startAgain();
    await starting;
  }

  async function startAgain(): Promise<void> {
    for (const { pid } of home.processes()) kill(pid);
    await program.ended;
    program = home.start(SETTINGS);
    ready = await home.ready(program);
  }

  async function serves(): Promise<void> {
    await starting;
    await until('the API is ready', async () => {
      if (program.hasEnded) throw new Error(`the program gave up: ${program.stdout.slice(-2_000)} ${program.stderr}`);
      const answer = await request(ready.url, 'GET', '/readyz').catch(() => null);
      return answer?.status === 200;
    });
  }

  const changes = (action: string) => rows.filter((row) => row.action === action);

  it('makes a thousand changes of every kind', () => {
    expect(acknowledged.length).toBeGreaterThanOrEqual(MUTATIONS);
    for (const kind of KINDS) {
      const made = acknowledged.filter(({ mutation }) => mutation.kind === kind);
      expect([kind, made.length > 100]).toEqual([kind, true]);
    }
  });

  it('has exactly one audit row for each that was acknowledged', () => {
    const counts = new Map<string, number>();
    for (const { request_id: id } of rows) counts.set(id, (counts.get(id) ?? 0) + 1);
    expect(acknowledged.filter(({ requestId }) => counts.get(requestId) !== 1)).toEqual([]);
    const actions = new Map(rows.map(({ request_id: id, action, result }) => [id, `${action} ${result}`]));
    for (const { mutation, requestId } of acknowledged)
      expect(actions.get(requestId)).toBe(`${mutation.action} success`);
  });

  it('has no effect without its row and no row without its effect', async () => {
    const found = await mutations.effects(ready);
    for (const [action, targets] of Object.entries(found)) {
      const told = changes(action).map(({ target }) => target.id);
      expect([action, told.sort()]).toEqual([action, [...targets].sort()]);
    }
  });

  it('tells of each change of a registry what was before, without a gap', async () => {
    for (const [id, description] of await mutations.descriptions(ready)) {
      const told = changes('registry.update').filter(({ target }) => target.id === id);
      const states = told.map(({ before, after }) => [before?.description, after?.description]);
      for (const [index, [before]] of states.entries()) expect(before).toBe(states[index - 1]?.[1] ?? null);
      expect(description).toBe(states.at(-1)?.[1] ?? null);
    }
  });

  it('has every row in a chain without a gap, which verifies', async () => {
    const sequences = rows.map(({ sequence }) => Number(sequence)).sort((one, other) => one - other);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    const { code, stdout } = await home.operate('audit', 'verify', ready.organization).ended;
    expect([stdout, code]).toEqual([expect.stringContaining('"status": "valid"'), 0]);
  }, 120_000);
});
