import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { constants, getPriority } from 'node:os';
import { join } from 'node:path';
import { WorkerProcess } from '../mirror/worker-process';
import { until } from '../support/until';
import { aWorld, TEST_ENVIRONMENT, type World } from '../support/world';

const API = join(__dirname, '..', '..', 'dist', 'apps', 'api', 'src', 'main.js');
const LOW = constants.priority.PRIORITY_BELOW_NORMAL;

/**
 * Niceness of a process, and of the group that Linux shares the machine among where it does that by session; undefined once
 * the process is gone.
 */
function nicenessOf(pid: number): { readonly own: number; readonly group: number | null } | undefined {
  try {
    const file = `/proc/${pid}/autogroup`;
    const group = existsSync(file) ? /nice (-?\d+)/.exec(readFileSync(file, 'utf8'))?.[1] : undefined;
    return { own: getPriority(pid), group: group === undefined ? null : Number(group) };
  } catch {
    return undefined;
  }
}

(existsSync('/proc/self/cmdline') ? describe : describe.skip)('PostgreSQL on the same machine', () => {
  let world: World;
  let worker: WorkerProcess;
  let api: ChildProcess;

  beforeAll(async () => {
    world = await aWorld();
    worker = await WorkerProcess.start(world);
    // Even where somebody lowers the API, its readers wait for the database.
    api = spawn('nice', ['-n', '5', process.execPath, API], {
      env: { ...TEST_ENVIRONMENT, DATABASE_URL: world.db.appUrl },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    expect(await once(api, 'message')).toMatchObject([{ type: 'ready' }]);
  });
  afterAll(async () => {
    await worker.stop();
    const ended = once(api, 'exit');
    api.kill();
    await ended;
    await world.close();
  });

  /** Of those that serve the application's connections of this kind. */
  const niceness = async (isOfKind: (name: string) => boolean) => {
    const rows = await world.db.query<{ pid: number; name: string }>(
      `select pid, application_name as name from pg_stat_activity
       where datname = current_database() and usename = 'portolan_app'`,
    );
    const found = rows.filter(({ name }) => isOfKind(name)).map(({ pid }) => nicenessOf(pid));
    return found.filter((one) => one !== undefined);
  };
  const isLow = ({ own, group }: NonNullable<ReturnType<typeof nicenessOf>>) =>
    own === LOW && (group === LOW || group === null);

  it('works for the worker at its low priority', async () => {
    await until('its connections are lowered', async () => {
      const found = await niceness((name) => name === 'portolan-worker');
      return found.length > 0 && found.every(isLow);
    });
  });

  it("works for the worker's queue at its low priority", async () => {
    await until('a connection of its pool is lowered', async () =>
      (await niceness((name) => !name.startsWith('portolan-'))).some(isLow),
    );
  });

  it('works for the API at its own', async () => {
    const [own] = await world.db.query<{ pid: number }>('select pg_backend_pid() as pid');
    const found = await niceness((name) => name.startsWith('portolan-api'));
    expect(found.length).toBeGreaterThan(2);
    expect(new Set(found.map((one) => JSON.stringify(one)))).toEqual(
      new Set([JSON.stringify(nicenessOf(own?.pid ?? 0))]),
    );
  });
});
