import { Client } from 'pg';
import { until } from '../../support/until';
import { aWorld, type World } from '../../support/world';
import { aMirror, mirrored, ORIGIN_KEY, upstreamSays } from './mirrored';
import { aShelf, denialsOf, expectHidden, expectSignInAsked, twins, type Shelf } from './shelf';
import { idsOf, moment, official, OFFICIAL_KEY, versionPath, type Entry, type Problem, type ServerList } from './wire';

const TOOL = 'io.github.other/tool';
const VERSION = versionPath(TOOL, '1.0.0');
const STATUS = `${VERSION}/status`;
const STATUSES = `servers/${encodeURIComponent(TOOL)}/status`;
const META = '{"com.example/score":{"stars":1.0},"org.example/list":[]}';
const REMOTES = { remotes: [{ type: 'sse', url: 'https://mcp.example.com/sse' }] };
const NOTHING_CHANGES = 'No changes to apply: status and message are already set to the provided values';

describe('mirrored-versions: what came from an upstream, below {B}/v0.1', () => {
  let world: World;
  let ours: Shelf;
  let theirs: Shelf;
  let run: string;

  beforeAll(async () => {
    world = await aWorld();
    ({ ours, theirs } = await twins(world, 'main'));
    await ours.publish();
    run = await mirrored(world, ours, await aMirror(world, ours), { meta: META });
  });

  afterAll(() => world.close());

  let fresh = 0;
  /** A registry with one mirrored version. */
  const another = async (...overrides: Parameters<typeof mirrored>[3][]): Promise<Shelf> => {
    const shelf = await aShelf(world, world.acme, `shelf-${(fresh += 1)}`);
    const mirror = await aMirror(world, shelf);
    for (const one of overrides.length === 0 ? [{}] : overrides) await mirrored(world, shelf, mirror, one);
    return shelf;
  };
  const patch = (shelf: Shelf, body: unknown, path = STATUS, token?: string) =>
    shelf.call('PATCH', path, { body, ...(token === undefined ? {} : { token }) });
  const entryOf = (shelf: Shelf) => shelf.entry(TOOL, '1.0.0');
  const shown = async (shelf: Shelf) => {
    const { status, statusMessage } = official(await entryOf(shelf));
    return [status, statusMessage];
  };
  const stored = async (shelf: Shelf) => {
    const [row] = await world.db.query<Record<string, unknown>>(
      `select status, local_status, local_status_message, upstream_status, upstream_status_message
       from server_version where registry_id = $1 and name = $2 and version = '1.0.0'`,
      [shelf.id, TOOL],
    );
    return Object.values(row ?? {});
  };
  const aToken = (shelf: Shelf, role: 'Admin' | 'Publisher' | 'Viewer') =>
    world.aSystemAccount(world.acme, [{ role, on: shelf.id }]);

  /** A run of another process: `change` is asked for while it is under way, and it ends when `change` waits for it. */
  async function duringRun<T>(
    steps: readonly (readonly [text: string, values: readonly unknown[]])[],
    change: () => Promise<T>,
  ): Promise<T> {
    const other = new Client({ connectionString: world.db.superuserUrl });
    await other.connect();
    try {
      await other.query('begin');
      for (const [text, values] of steps) await other.query(text, [...values]);
      const answer = change();
      await until('the change waits for the run', async () => {
        const waiting = await world.db.query(`select 1 from pg_locks where not granted`);
        return waiting.length > 0;
      });
      await other.query('commit');
      return await answer;
    } finally {
      await other.end();
    }
  }

  describe('works', () => {
    it('says on every read where a version came from, and what its upstream says of it, word for word', async () => {
      const block =
        `"isLatest":true},"com.example/score":{"stars":1.0},"org.example/list":[],` +
        `"${ORIGIN_KEY}":{"upstream":"official","updatedAt":"2025-09-01T10:20:30.25Z","run":"${run}"}}}`;
      for (const path of [
        'servers',
        'servers?search=OTHER',
        'servers?version=latest',
        'servers?updated_since=2025-01-01T00:00:00Z',
        `servers/${encodeURIComponent(TOOL)}/versions`,
        VERSION,
        versionPath(TOOL, 'latest'),
      ])
        expect([path, (await ours.call('GET', path)).text]).toEqual([path, expect.stringContaining(block)]);
    });

    it('says nothing of the kind about what was published here', async () => {
      const entry = await ours.entry('com.example/weather', '1.0.0');
      expect(Object.keys(entry._meta)).toEqual([OFFICIAL_KEY]);
    });

    it('leaves out what the upstream does not say', async () => {
      const shelf = await another({ upstreamUpdatedAt: null, meta: '{}' });
      const { _meta: meta } = await entryOf(shelf);
      expect(Object.entries(meta)).toEqual([
        [OFFICIAL_KEY, expect.anything()],
        [ORIGIN_KEY, { upstream: 'official', run: expect.stringMatching(/^[0-9a-f-]{36}$/) as string }],
      ]);
    });

    it('cuts a page where what upstreams say grows too large', async () => {
      const big = `{"com.example/big":"${'x'.repeat(1_500_000)}"}`;
      const shelf = await another(...['a', 'b', 'c', 'd'].map((one) => ({ name: `x.y/${one}`, meta: big })));
      const { servers, metadata } = await shelf.list();
      expect([servers.length, typeof metadata.nextCursor]).toEqual([3, 'string']);
    });

    it.each([
      ['deprecated', 'use ours'],
      ['deprecated', undefined],
      ['deleted', 'not safe'],
    ] as const)('can be %s here with the message %s, and made active again', async (status, message) => {
      const shelf = await another();
      const before = official(await entryOf(shelf));
      const answer = await patch(shelf, { status, statusMessage: message });
      expect(answer.status).toBe(200);
      const after = official(answer.json<Entry>());
      expect(after).toEqual({
        ...before,
        status,
        ...(message === undefined ? {} : { statusMessage: message }),
        statusChangedAt: after.updatedAt,
        updatedAt: after.updatedAt,
      });
      expect(moment(after.updatedAt) > moment(before.updatedAt)).toBe(true);
      expect(await stored(shelf)).toEqual([status, status, message ?? null, 'active', null]);
      expect(official(await shelf.setStatus(TOOL, '1.0.0', 'active')).status).toBe('active');
      expect(await stored(shelf)).toEqual(['active', null, null, null, null]);
    });

    it('is hidden by DELETE, which says so beside the upstream’s status', async () => {
      const shelf = await another({ status: 'deprecated', statusMessage: 'old' });
      const answer = await shelf.call('DELETE', VERSION);
      expect([answer.status, official(answer.json<Entry>()).status]).toEqual([200, 'deleted']);
      expect((await shelf.call('GET', VERSION)).status).toBe(404);
      expect(idsOf(await shelf.list())).toEqual([]);
      expect(await stored(shelf)).toEqual(['deleted', 'deleted', 'old', 'deprecated', 'old']);
      expect((await shelf.call('DELETE', VERSION)).json().detail).toBe(NOTHING_CHANGES);
    });

    it('shows the heavier status with its message, the local message where both are alike', async () => {
      const shelf = await another();
      await shelf.setStatus(TOOL, '1.0.0', 'deprecated', 'ours');
      await upstreamSays(world, shelf, 'deleted', 'theirs');
      expect(await shown(shelf)).toEqual(['deleted', 'theirs']);
      await shelf.setStatus(TOOL, '1.0.0', 'deleted', 'ours too');
      expect(await shown(shelf)).toEqual(['deleted', 'ours too']);
      await upstreamSays(world, shelf, 'active');
      expect(await shown(shelf)).toEqual(['deleted', 'ours too']);
      await upstreamSays(world, shelf, 'deprecated', 'theirs again');
      await shelf.setStatus(TOOL, '1.0.0', 'active');
      expect(await shown(shelf)).toEqual(['deprecated', 'theirs again']);
      expect(await stored(shelf)).toEqual(['deprecated', null, null, null, null]);
    });

    it('takes a status lighter than the upstream’s, which shows once the upstream’s is as light', async () => {
      const shelf = await another({ status: 'deleted', statusMessage: 'theirs' });
      const before = official(await entryOf(shelf));
      const answer = await patch(shelf, { status: 'deprecated', statusMessage: 'ours' });
      expect(answer.status).toBe(200);
      const after = official(answer.json<Entry>());
      expect(after).toEqual({ ...before, updatedAt: after.updatedAt });
      await upstreamSays(world, shelf, 'active');
      expect(await shown(shelf)).toEqual(['deprecated', 'ours']);
    });

    it('passes the latest flag on when it is hidden, and takes it back', async () => {
      const shelf = await another({ version: '2.0.0' }, { isLatest: false });
      await shelf.setStatus(TOOL, '2.0.0', 'deleted');
      expect(idsOf(await shelf.list('?version=latest'))).toEqual([`${TOOL}@1.0.0`]);
      await shelf.setStatus(TOOL, '2.0.0', 'active');
      expect(idsOf(await shelf.list('?version=latest'))).toEqual([`${TOOL}@2.0.0`]);
    });

    it('changes all versions of a server at once, each beside its own upstream status', async () => {
      const shelf = await another(
        { version: '2.0.0', status: 'deprecated', statusMessage: 'theirs' },
        { isLatest: false },
      );
      const { updatedCount, servers } = await shelf.setStatuses(TOOL, 'deleted', 'not safe');
      expect(updatedCount).toBe(2);
      expect(servers.map((entry) => official(entry).statusMessage)).toEqual(['not safe', 'not safe']);
      expect(await stored(shelf)).toEqual(['deleted', 'deleted', 'not safe', 'active', null]);
      const again = (await shelf.setStatuses(TOOL, 'active')).servers.map(official);
      expect(again.map(({ status, statusMessage }) => [status, statusMessage])).toEqual([
        ['deprecated', 'theirs'],
        ['active', undefined],
      ]);
    });

    it('neither claims its remote URLs nor gives up those of a server of the registry', async () => {
      const shelf = await aShelf(world, world.acme, 'remotes');
      await mirrored(world, shelf, await aMirror(world, shelf), {}, REMOTES);
      await shelf.publish(REMOTES);
      await shelf.setStatus(TOOL, '1.0.0', 'deleted');
      await shelf.setStatus(TOOL, '1.0.0', 'active');
      await shelf.setStatuses(TOOL, 'deleted');
      await shelf.setStatuses(TOOL, 'active');
      const rival = await shelf.call('POST', 'publish', {
        body: { name: 'com.example/rival', description: 'A rival', version: '1.0.0', ...REMOTES },
      });
      expect(rival.json<Problem>().errors?.[0]?.message).toBe(
        'remote URL https://mcp.example.com/sse is already used by server com.example/weather',
      );
    });

    it('writes one audit row for each change, with what was set here and what shows', async () => {
      const shelf = await another({ status: 'deprecated' });
      await shelf.setStatus(TOOL, '1.0.0', 'deleted', 'not safe');
      await shelf.setStatuses(TOOL, 'active');
      expect(await shelf.changes()).toEqual([
        expect.objectContaining({
          action: 'server.version.status',
          target_id: `${TOOL}@1.0.0`,
          before: expect.objectContaining({ status: 'deprecated', local_status: 'active' }) as object,
          after: expect.objectContaining({
            status: 'deleted',
            local_status: 'deleted',
            local_status_message: 'not safe',
          }) as object,
        }),
        expect.objectContaining({
          action: 'server.status',
          target_id: TOOL,
          before: [{ version: '1.0.0', status: 'deleted', status_message: 'not safe' }],
          after: { status: 'active', status_message: null },
        }),
      ]);
    });

    it('tells caches', async () => {
      const shelf = await another();
      const { etag } = (await shelf.call('GET', VERSION)).headers;
      await shelf.setStatus(TOOL, '1.0.0', 'deprecated');
      const again = await shelf.call('GET', VERSION, { headers: { 'if-none-match': etag ?? '' } });
      expect(again.status).toBe(200);
    });

    it('asks to come back while a run of its mirror is applied, and keeps no connection waiting', async () => {
      const shelf = await another();
      const run = new Client({ connectionString: world.db.superuserUrl });
      await run.connect();
      try {
        await run.query('begin');
        await run.query('select 1 from mirror where registry_id = $1 for no key update', [shelf.id]);
        const answer = await patch(shelf, { status: 'deprecated' });
        expect([answer.status, answer.headers['retry-after'], await shelf.changes()]).toEqual([503, '2', []]);
        await run.query('commit');
        expect((await patch(shelf, { status: 'deprecated' })).status).toBe(200);
      } finally {
        await run.end();
      }
    });
  });

  describe('rejects bad input', () => {
    it('refuses a publication under a name that a mirror brought, and says what to do', async () => {
      const shelf = await another();
      const before = await shelf.list();
      for (const version of ['1.0.0', '2.0.0']) {
        const answer = await shelf.call('POST', 'publish', {
          body: { name: TOOL, description: 'Ours', version, ...REMOTES },
        });
        expect(answer.status).toBe(400);
        expect(answer.json<Problem>()).toMatchObject({
          detail: 'Failed to publish server',
          errors: [
            {
              message:
                `server ${TOOL} is mirrored from upstream official: to publish it here, reserve its namespace, ` +
                'or exclude it from the mirror and have that run',
            },
          ],
        });
      }
      expect(await shelf.list()).toEqual(before);
      expect(await world.db.query('select 1 from remote_url_claim where registry_id = $1', [shelf.id])).toEqual([]);
    });

    it.each(['1.0.0', '2.0.0', '0.9.0'])(
      'refuses a publication of %s that comes second when 1.0.0 is mirrored at the same time',
      async (version) => {
        const shelf = await aShelf(world, world.acme, `race-${version.replaceAll('.', '-')}`);
        const mirror = await aMirror(world, shelf);
        const answer = await duringRun(
          [
            [`insert into document (hash, body) values (sha256('race'), '{}') on conflict do nothing`, []],
            [
              `insert into server_version (org_id, registry_id, name, version, document_hash, status_changed_at,
                                           published_at, updated_at, is_latest, mirror_id, run_id, upstream_name)
               values ($1, $2, $3, '1.0.0', sha256('race'), now(), now(), now(), true, $4, $4, 'official')`,
              [world.acme.id, shelf.id, TOOL, mirror],
            ],
          ],
          () => shelf.call('POST', 'publish', { body: { name: TOOL, description: 'Ours', version } }),
        );
        expect([answer.status, answer.json().detail]).toEqual([400, 'Failed to publish server']);
        expect(answer.text).toContain('is mirrored from upstream official');
        expect(await shelf.changes()).toEqual([]);
      },
    );

    it('lets nobody edit it, whatever the document', async () => {
      const shelf = await another();
      const before = await entryOf(shelf);
      for (const name of [TOOL, 'io.github.other/renamed']) {
        const body = { name, description: 'Edited', version: '1.0.0' };
        const answer = await shelf.call('PUT', VERSION, { body });
        expect(answer.status).toBe(400);
        expect(answer.json<Problem>()).toMatchObject({
          detail: 'Failed to edit server',
          errors: [
            { message: `server ${TOOL} is mirrored from upstream official: its versions are changed there only` },
          ],
        });
      }
      expect(await entryOf(shelf)).toEqual(before);
      expect(await shelf.changes()).toEqual([]);
    });

    it('answers 400 to a change of nothing, and says why when the upstream’s status counts', async () => {
      const plain = await another();
      const heavy = await another({ status: 'deprecated' });
      const message =
        'the status here is set so already; a heavier one that upstream official gives a version counts instead of it';
      for (const path of [STATUS, STATUSES]) {
        const same = await patch(plain, { status: 'active' }, path);
        expect([same.status, same.json<Problem>().errors]).toEqual([400, undefined]);
        const unseen = await patch(heavy, { status: 'active' }, path);
        expect([unseen.status, unseen.json<Problem>().errors]).toEqual([400, [{ message }]]);
      }
      expect((await patch(plain, { status: 'active', statusMessage: 'x' })).status).toBe(400);
      expect((await patch(plain, { status: 'gone' })).status).toBe(422);
      expect([...(await plain.changes()), ...(await heavy.changes())]).toEqual([]);
    });

    it('answers 404 to a version that the upstream does not have', async () => {
      expect((await patch(ours, { status: 'deleted' }, `${versionPath(TOOL, '9.9.9')}/status`)).status).toBe(404);
    });
  });

  describe('requires sign-in', () => {
    it('asks whoever would change it', async () => {
      await expectSignInAsked(ours, 'PATCH', STATUS, { body: { status: 'deleted' } });
      await expectSignInAsked(ours, 'PATCH', STATUSES, { body: { status: 'deleted' } });
    });
  });

  describe('requires the permission', () => {
    it('lets a Publisher do nothing with it, and writes that down', async () => {
      const shelf = await another();
      const before = await entryOf(shelf);
      const publisher = await aToken(shelf, 'Publisher');
      for (const [method, path, body] of [
        ['PATCH', STATUS, { status: 'deprecated' }],
        ['PATCH', STATUS, { status: 'deleted' }],
        ['PATCH', STATUS, { status: 'active' }],
        ['PATCH', STATUSES, { status: 'deprecated' }],
        ['PATCH', STATUSES, { status: 'active' }],
        ['DELETE', VERSION, undefined],
      ] as const)
        expect((await shelf.call(method, path, { token: publisher, body })).status).toBe(403);
      expect(await entryOf(shelf)).toEqual(before);
      expect(await denialsOf(world, shelf)).toEqual(Array(6).fill('permission.deny version:delete'));
    });

    it('lets an Admin of the registry, and a Publisher publish beside it', async () => {
      const shelf = await another();
      expect((await patch(shelf, { status: 'deleted' }, STATUS, await aToken(shelf, 'Admin'))).status).toBe(200);
      const published = await shelf.call('POST', 'publish', {
        token: await aToken(shelf, 'Publisher'),
        body: { name: 'io.github.other/own', description: 'Ours', version: '1.0.0' },
      });
      expect(published.status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('shows and changes nothing of theirs', async () => {
      await mirrored(world, theirs, await aMirror(world, theirs), { name: 'io.github.other/secret' });
      const path = versionPath('io.github.other/secret', '1.0.0');
      await expectHidden(world, theirs, 'GET', path);
      await expectHidden(world, theirs, 'PATCH', `${path}/status`, { body: { status: 'deleted' } });
      await expectHidden(world, theirs, 'DELETE', path);
      const { text } = await ours.call('GET', 'servers?search=secret');
      expect((JSON.parse(text) as ServerList).servers).toEqual([]);
    });
  });
});
