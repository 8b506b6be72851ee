import { Client } from 'pg';
import { aShelf, WEATHER, type Shelf } from '../e2e/sub-api/shelf';
import { versionPath } from '../e2e/sub-api/wire';
import { call } from '../support/http';
import { anotherProcess, type OtherProcess } from '../support/other-process';
import { until } from '../support/until';
import { aWorld, type World } from '../support/world';

const ROUNDS = 20;
const LINE = 'portolan-api-changes';

describe('Two API processes that remember what they read', () => {
  let world: World;
  let second: OtherProcess;
  let shelf: Shelf;
  let twin: Shelf;
  let superuser: Client;

  beforeAll(async () => {
    world = await aWorld();
    shelf = await aShelf(world, world.acme, 'tools');
    twin = await aShelf(world, world.globex, 'tools');
    second = await anotherProcess(world);
    superuser = new Client({ connectionString: world.db.superuserUrl });
    await superuser.connect();
  });

  afterAll(async () => {
    await superuser.end();
    await second.close();
    await world.close();
  });

  const read = (origin: string, path: string, headers: Record<string, string> = {}) =>
    call(origin, 'GET', `${shelf.base}/v0.1/${path}`, { token: world.acme.admin, headers });

  const latest = async (origin: string, name = WEATHER) => {
    const answer = await read(origin, versionPath(name, 'latest'));
    return answer.status === 200 ? answer.json<{ server: { version: string } }>().server.version : answer.status;
  };

  const listed = async (origin: string) => {
    const { servers } = (await read(origin, 'servers')).json<{ servers: { server: { version: string } }[] }>();
    return servers.map(({ server }) => server.version);
  };

  /** Something that nobody is told of, to see who remembers. */
  const secretly = (text: string, ...values: unknown[]) => superuser.query(text, values);
  const setSecretly = (message: string) =>
    secretly(
      `update server_version set status_message = $1 where registry_id = $2 and name = $3 and is_latest`,
      message,
      shelf.id,
      WEATHER,
    );
  const messageIn = async (origin: string) => {
    const body = (await read(origin, versionPath(WEATHER, 'latest'))).text;
    return /"statusMessage":"([^"]*)"/.exec(body)?.[1] ?? null;
  };

  it('show what was published with the next read where it was acknowledged, in the other once it is told', async () => {
    const published: string[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const version = `1.${round}.0`;
      // Both have it in memory.
      for (const origin of [world.url, second.url]) await latest(origin).then(() => listed(origin));
      await shelf.publish({ version });
      published.push(version);
      expect([await latest(world.url), await listed(world.url)]).toEqual([version, [...published].sort()]);
      await second.told();
      expect([await latest(second.url), await listed(second.url)]).toEqual([version, [...published].sort()]);
    }
  });

  it('answer 404 for what was removed, to whoever asks whether it has changed, too', async () => {
    const name = 'com.example/withdrawn';
    await shelf.publish({ name });
    await twin.publish({ name });
    const path = versionPath(name, 'latest');
    const tag = (await read(second.url, path)).headers.etag ?? '';
    expect(await latest(world.url, name)).toBe('1.0.0');
    await shelf.setStatus(name, '1.0.0', 'deleted', 'unsafe');
    expect((await read(world.url, path, { 'if-none-match': tag })).status).toBe(404);
    await second.told();
    expect((await read(second.url, path, { 'if-none-match': tag })).status).toBe(404);
    expect((await twin.call('GET', path)).status).toBe(200);
    await shelf.setStatus(name, '1.0.0', 'active');
    expect(await latest(world.url, name)).toBe('1.0.0');
  });

  it('find what was missing until now', async () => {
    const name = 'com.example/awaited';
    for (const origin of [world.url, second.url]) expect(await latest(origin, name)).toBe(404);
    await shelf.publish({ name });
    expect(await latest(world.url, name)).toBe('1.0.0');
    await second.told();
    expect(await latest(second.url, name)).toBe('1.0.0');
  });

  it('hear of what an operator has changed by hand once he says so', async () => {
    await messageIn(second.url);
    await setSecretly('by hand');
    // Nobody was told, so memory answers.
    expect(await messageIn(second.url)).toBeNull();
    await secretly(`notify portolan_changes, '*'`);
    await second.told();
    expect(await messageIn(second.url)).toBe('by hand');
  });

  it('remember nothing while they have lost the line that would tell them, and remember again when it is back', async () => {
    const database = new URL(world.db.appUrl).pathname.slice(1);
    await messageIn(second.url);
    await secretly(`revoke connect on database ${database} from portolan_app`);
    try {
      await secretly(
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1`,
        LINE,
      );
      await until('the line is known to be lost', () => !second.changes.isHeard());
      for (const message of ['one', 'two', 'three']) {
        await setSecretly(message);
        expect(await messageIn(second.url)).toBe(message);
      }
    } finally {
      await secretly(`grant connect on database ${database} to portolan_app`);
    }
    await until('the line is back', () => second.changes.isHeard());
    expect(await messageIn(second.url)).toBe('three');
    await setSecretly('four');
    expect(await messageIn(second.url)).toBe('three');
    await secretly(`notify portolan_changes, $$*$$`);
  });

  it('believe nothing from before a line was lost', async () => {
    await messageIn(second.url);
    await setSecretly('while it was away');
    const { rows } = await superuser.query<{ pid: number }>(
      `select pid from pg_stat_activity where datname = current_database() and application_name = $1`,
      [LINE],
    );
    await secretly(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = $1`,
      LINE,
    );
    const before = new Set(rows.map(({ pid }) => pid));
    await until('both lines are new', async () => {
      const now = await superuser.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and application_name = $1`,
        [LINE],
      );
      return now.rows.length === 2 && now.rows.every(({ pid }) => !before.has(pid));
    });
    await until('it is heard again', () => second.changes.isHeard());
    expect(await messageIn(second.url)).toBe('while it was away');
  });
});
