import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Client } from 'pg';
import { call as request, type Answer } from '../support/http';
import { call, Home, isRunning, listed, Program, publish, type Ready, ROOT, until } from './launcher-harness';

const API = 'dist/apps/api/src/main.js';
const OPERATOR_TOKEN = 'the-operator-of-these-tests-0123456789';

interface PostgresFile {
  readonly appUrl: string;
  readonly ownerUrl: string;
  readonly passwords: { readonly superuser: string };
}

function stateOf(pid: number): string {
  return execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim();
}

describe('npm start with API_PROCESSES=2', () => {
  const home = new Home();
  let program: Program;
  let ready: Ready;

  beforeAll(async () => {
    program = home.start({ API_PROCESSES: '2', OPERATOR_TOKEN });
    ready = await home.ready(program);
    expect((await call(ready, '/v0/registries', { name: 'kept' })).status).toBe(201);
  });

  afterEach(() => {
    resume();
  });

  afterAll(() => home.remove());

  function pidOf(number: number): number {
    return home.pidOf(`${API} --process=${number}`);
  }

  function supervisor(): number {
    const found = home.processes().find(({ command }) => command.endsWith(API));
    if (found === undefined) throw new Error('no supervisor runs');
    return found.pid;
  }

  function answering(): number[] {
    return home.processes().flatMap(({ pid, command }) => (command.includes('--process=') ? [pid] : []));
  }

  function resume(): void {
    for (const pid of answering()) process.kill(pid, 'SIGCONT');
  }

  /** Whatever comes now is taken by the other process. */
  async function holdStill(number: number): Promise<number> {
    const pid = pidOf(number);
    process.kill(pid, 'SIGSTOP');
    await until('the process stands still', () => stateOf(pid).startsWith('T'));
    return pid;
  }

  /** Over a connection of its own. */
  function ask(path: string): Promise<Answer> {
    return request(ready.url, 'GET', path, { token: ready.admin_token });
  }

  function scrape(): Promise<Answer> {
    return request(ready.url, 'GET', '/metrics', { token: OPERATOR_TOKEN });
  }

  async function bothAnswer(): Promise<void> {
    await until('both processes are there', async () => {
      const { text } = await scrape();
      return ['1', '2'].every((number) => text.includes(`process_start_time_seconds{process="${number}"}`));
    });
  }

  it('has as many processes, which the lock of the home names with their supervisor', () => {
    const { children } = home.json('launcher.lock') as { children: { pid: number }[] };
    const recorded = children.map(({ pid }) => pid);
    expect(new Set([pidOf(1), pidOf(2)]).size).toBe(2);
    expect(recorded).toEqual(expect.arrayContaining([supervisor(), pidOf(1), pidOf(2)]));
  });

  it.each([
    [1, 2],
    [2, 1],
  ])('answers from process %i alone, with links to the one address', async (_answers, still) => {
    await holdStill(still);
    expect((await ask('/registries/kept/v0.1/servers')).status).toBe(200);
    const refused = await request(ready.url, 'GET', '/registries/kept/v0.1/servers');
    expect(refused.headers['www-authenticate']).toContain(`resource_metadata="${ready.url}/`);
  });

  it('tells of all of them in one scrape', async () => {
    const { status, text } = await scrape();
    expect(status).toBe(200);
    for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds', 'portolan_audit_buffer_rows']) {
      expect(text.split(`# TYPE ${name} `)).toHaveLength(2);
      for (const number of [1, 2])
        expect(text).toMatch(new RegExp(`^${name}\\{process="${number}"\\} [\\d.e+-]+$`, 'm'));
    }
  });

  it('refuses nobody while one of them is killed and comes back', async () => {
    const killed = await holdStill(1);
    process.kill(killed, 'SIGKILL');
    const statuses = new Set<number>();
    await until('it is there again', async () => {
      const answer = await scrape();
      statuses.add(answer.status).add((await ask('/registries/kept/v0.1/servers')).status);
      return answer.text.includes('process_start_time_seconds{process="1"}');
    });
    expect([...statuses]).toEqual([200]);
    expect(isRunning(killed)).toBe(false);
    await holdStill(2);
    expect((await ask('/registries/kept/v0.1/servers')).status).toBe(200);
    expect(program.stderr + program.stdout).toContain('process 1 of the API ended (SIGKILL)');
  });

  it.each([
    ['all of them', () => answering()],
    ['their supervisor', () => [supervisor()]],
  ])('serves again at the same address after kill -9 of %s', async (_who, victims) => {
    const before = answering();
    const above = supervisor();
    const written = `com.example/before-${before[0]}`;
    await expect(publish(ready, 'kept', written)).resolves.toBe(200);
    const killed = victims();
    for (const pid of killed) process.kill(pid, 'SIGKILL');
    await until('the end of all', () => !before.some(isRunning));
    await until('an answer', () =>
      listed(ready, 'kept').then(
        (text) => text.includes(written),
        () => false,
      ),
    );
    await bothAnswer();
    expect(supervisor() === above).toBe(!killed.includes(above));
    expect(answering()).toHaveLength(2);
    expect(program.hasEnded).toBe(false);
  });

  it('is refused with one line, and leaves nothing, where the port is taken', async () => {
    const { appUrl } = home.json('postgres.json') as PostgresFile;
    const other = new Program(process.execPath, [join(ROOT, API)], {
      API_PROCESSES: '3',
      PORT: new URL(ready.url).port,
      DATABASE_URL: appUrl,
    });
    const { code, stderr } = await other.ended;
    const lines = stderr.split('\n').filter((line) => line.startsWith('portolan: '));
    expect([code, lines]).toEqual([1, [expect.stringMatching(/^portolan: the API cannot start: .*EADDRINUSE/)]]);
    expect((await ask('/livez')).status).toBe(200);
  });

  it('leaves nothing running when its launcher is killed', async () => {
    const children = home.processes().filter(({ command }) => /apps\/(api|worker)/.test(command));
    expect(children).toHaveLength(4);
    program.signal('SIGKILL');
    await program.ended;
    await until('the end of its children', () => !children.some(({ pid }) => isRunning(pid)));
    program = home.start({ API_PROCESSES: '2', OPERATOR_TOKEN });
    ready = await home.ready(program);
  });

  it('answers what each of them has begun before it ends, and ends with 0', async () => {
    const { ownerUrl, passwords } = home.json('postgres.json') as PostgresFile;
    const url = new URL(ownerUrl);
    url.username = 'postgres';
    url.password = passwords.superuser;
    const holder = new Client({ connectionString: url.toString() });
    // The server ends this connection when it stops.
    holder.on('error', () => undefined);
    await holder.connect();
    const changes: Promise<Answer>[] = [];
    for (const number of [1, 2]) {
      const path = `/v0/registries/slow-${number}`;
      expect((await call(ready, '/v0/registries', { name: `slow-${number}` })).status).toBe(201);
      await holder.query(number === 1 ? 'begin' : 'savepoint second');
      await holder.query('select from registry where name = $1 for update', [`slow-${number}`]);
      await holdStill(3 - number);
      changes.push(request(ready.url, 'PATCH', path, { token: ready.admin_token, body: { display_name: 'Slow' } }));
      await until('the change waits for the row', async () => {
        const { rowCount } = await holder.query('select from pg_locks where not granted');
        return rowCount === number;
      });
      resume();
    }
    const running = home.processes();
    program.signal('SIGTERM');
    await until('no further request is taken', () =>
      ask('/livez').then(
        ({ status }) => status === 503,
        () => true,
      ),
    );
    await holder.query('commit');
    const answers = await Promise.all(changes);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    const { code, stdout } = await program.ended;
    expect(code).toBe(0);
    expect(stdout).not.toContain('killed');
    expect(running.filter(({ pid }) => isRunning(pid))).toEqual([]);
    await holder.end();
  });
});
