import { randomUUID } from 'node:crypto';
import { aWorld, type World } from '../../support/world';
import { aShelf, expectHidden, expectSignInAsked, twins, WEATHER, type Shelf } from './shelf';
import { CURRENT_SCHEMA, idsOf, moment, official, type Problem, type ServerList } from './wire';

describe('list-servers: GET {B}/v0.1/servers', () => {
  let world: World;
  let ours: Shelf;
  let theirs: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    ({ ours, theirs } = await twins(world, 'main'));
    await ours.publish({ version: '1.9.0' });
    await ours.publish({ version: '1.10.0' });
    await ours.publish({ name: 'com.example/a_b', description: 'Has weather in its description' });
    await ours.publish({ name: 'com.example/axb' });
    await ours.publish({ name: 'org.sample/tool' });
    await ours.publish({ name: 'org.sample/tool', version: '2.0.0' });
    await ours.setStatus('org.sample/tool', '1.0.0', 'deleted');
  });

  afterAll(() => world.close());

  const page = async (shelf: Shelf, query: string): Promise<string[]> => idsOf(await shelf.list(query));

  describe('works', () => {
    it('orders bytewise by name, upper case first, then by version as text, on one page and on many', async () => {
      const shelf = await aShelf(world, world.acme, 'order');
      const names = ['com.example/alpha', 'com.example/Alpha', 'Com.example/alpha', 'com.example/alpha_b'];
      names.push('com.example/alphaB', 'com.example/alpha.b', 'com.example-x/alpha', 'com.example.x/alpha');
      const versions = ['1.9.0', '1.10.0', 'v1.0.0', '1.0.0', 'B', 'a', '1.0.0+b', '1.0.0-a'];
      for (const name of names) await shelf.publish({ name });
      for (const version of versions) await shelf.publish({ name: 'com.example/many', version });
      const expected = [
        ...names.map((name) => `${name} 1.0.0`),
        ...versions.map((version) => `com.example/many ${version}`),
      ]
        .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .map((text) => text.replace(' ', '@'));
      expect(await page(shelf, '?limit=100')).toEqual(expected);
      for (const filter of ['', '&search=com', '&version=latest']) {
        const whole = await page(shelf, `?limit=100${filter}`);
        const walked: string[] = [];
        for (let cursor: string | undefined = ''; cursor !== undefined;) {
          const one: ServerList = await shelf.list(`?limit=1${filter}&cursor=${cursor}`);
          walked.push(...idsOf(one));
          cursor = one.metadata.nextCursor;
        }
        expect(walked).toEqual(whole);
      }
    });

    it('answers an empty registry with an empty list and a count', async () => {
      const shelf = await aShelf(world, world.acme, 'empty');
      const answer = await shelf.call('GET', 'servers');
      expect(answer.text).toBe('{"servers":[],"metadata":{"count":0}}\n');
      expect(answer.headers['content-type']).toBe('application/json');
    });

    it('writes the keys in the official order and times with microseconds', async () => {
      const { text } = await ours.call('GET', 'servers?limit=1');
      const time = '"20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{1,6}Z"';
      const entry =
        `\\{"server":\\{"\\$schema":"${CURRENT_SCHEMA}","name":"com.example/a_b",` +
        `"description":"Has weather in its description","version":"1.0.0"\\},` +
        `"_meta":\\{"io.modelcontextprotocol.registry/official":\\{"status":"active","statusChangedAt":${time},` +
        `"publishedAt":${time},"updatedAt":${time},"isLatest":true\\}\\}\\}`;
      expect(text).toMatch(
        new RegExp(`^\\{"servers":\\[${entry}\\],"metadata":\\{"nextCursor":"[\\w.~-]+","count":1\\}\\}\\n$`),
      );
    });

    it('shows 30 entries unless asked for another number up to 100', async () => {
      const shelf = await aShelf(world, world.acme, 'pages');
      for (let index = 100; index < 201; index += 1) await shelf.publish({ version: `1.0.${index}` });
      expect((await shelf.list()).metadata.count).toBe(30);
      expect((await shelf.list('?limit=')).metadata.count).toBe(30);
      expect((await shelf.list('?limit=100')).metadata.count).toBe(100);
      const last = await shelf.list(`?cursor=${(await shelf.list('?limit=100')).metadata.nextCursor ?? ''}`);
      expect(idsOf(last)).toEqual([`${WEATHER}@1.0.200`]);
    });

    it('leaves nextCursor out when nothing follows, also after a page that is exactly full', async () => {
      const full = await ours.list('?limit=5');
      expect(full.metadata).toEqual({ count: 5 });
      expect(Object.keys((await ours.list('?limit=4')).metadata)).toEqual(['nextCursor', 'count']);
    });

    it('filters by version, by latest and by both with a search', async () => {
      expect(await page(ours, '?version=1.0.0')).toEqual(['com.example/a_b@1.0.0', 'com.example/axb@1.0.0']);
      expect(await page(ours, '?version=latest&search=WEATHER')).toEqual([`${WEATHER}@1.10.0`]);
      expect(await page(ours, '?version=1.9.0&search=weather')).toEqual([`${WEATHER}@1.9.0`]);
      expect(await page(ours, '?version=1.9.0&search=sample')).toEqual([]);
    });

    it.each([
      ['search=a_b', ['com.example/a_b']],
      ['search=A_B', ['com.example/a_b']],
      ['search=%25', []],
      ['search=a%25b', []],
      ['search=%5C', []],
      ['search=a%5C_b', []],
      ['search=sample%2Ftool', ['org.sample/tool']],
      ['search=g.s', ['org.sample/tool']],
      ['search=description', []],
      ['search=a+b', []],
    ])('takes the text of %s as it is and looks for it in names only', async (query, names) => {
      const found = await ours.list(`?version=latest&${query}`);
      expect(found.servers.map(({ server }) => server.name)).toEqual(names);
    });

    it('takes empty parameters for absent ones, ignores unknown ones and takes the first of repeated ones', async () => {
      const all = await page(ours, '');
      expect(await page(ours, '?search=&cursor=&version=&limit=&updated_since=')).toEqual(all);
      expect(await page(ours, '?repo=acme%2Fx&visibility=commercial&__proto__=1&constructor=2')).toEqual(all);
      expect(await page(ours, '?limit=1&limit=abc')).toEqual(all.slice(0, 1));
    });

    it.each(['1', 't', 'T', 'TRUE', 'true', 'True', ''])(
      'shows deleted versions with include_deleted=%s',
      async (yes) => {
        expect(await page(ours, `?search=tool&include_deleted=${yes}`)).toEqual([
          'org.sample/tool@1.0.0',
          'org.sample/tool@2.0.0',
        ]);
      },
    );

    it.each(['0', 'f', 'F', 'FALSE', 'false', 'False'])(
      'hides deleted versions with include_deleted=%s',
      async (no) => {
        expect(await page(ours, `?search=tool&include_deleted=${no}`)).toEqual(['org.sample/tool@2.0.0']);
      },
    );

    it('shows what changed strictly after updated_since, deleted or not', async () => {
      const deleted = official(await ours.entry('org.sample/tool', '1.0.0')).updatedAt;
      const since = (text: string) => page(ours, `?search=tool&updated_since=${text}`);
      const earlier = official(await ours.entry('org.sample/tool', '2.0.0')).updatedAt;
      expect(await since(deleted)).toEqual([]);
      expect(await since(earlier)).toEqual(['org.sample/tool@1.0.0']);
      expect(await since(moment(earlier).replace('Z', '999Z'))).toEqual(['org.sample/tool@1.0.0']);
      expect(await since('2020-01-01T00:00:00%2B02:00')).toHaveLength(2);
      expect(await page(ours, `?search=tool&updated_since=${earlier}&include_deleted=true`)).toHaveLength(1);
    });

    it('tells incremental readers which version has lost the latest flag', async () => {
      const shelf = await aShelf(world, world.acme, 'flips');
      const first = await shelf.publish({ version: '1.0.0' });
      await shelf.publish({ name: 'com.example/other' });
      const second = await shelf.publish({ version: '2.0.0' });
      const changed = await shelf.list(`?updated_since=${official(first).updatedAt}&search=weather`);
      expect(changed.servers.map((entry) => [entry.server.version, official(entry).isLatest])).toEqual([
        ['1.0.0', false],
        ['2.0.0', true],
      ]);
      const [loser] = changed.servers;
      expect(loser && official(loser)).toEqual({
        ...official(first),
        isLatest: false,
        updatedAt: official(second).updatedAt,
      });
    });

    it('keeps the filters of the first page in the cursor, repeated or not', async () => {
      const filters = 'search=EXAMPLE&version=latest';
      const { nextCursor = '' } = (await ours.list(`?limit=1&${filters}`)).metadata;
      expect(nextCursor).toMatch(/^[A-Za-z0-9._~-]+$/);
      const expected = ['com.example/axb@1.0.0', `${WEATHER}@1.10.0`];
      expect(await page(ours, `?cursor=${nextCursor}`)).toEqual(expected);
      expect(await page(ours, `?cursor=${nextCursor}&${filters}`)).toEqual(expected);
      expect(await page(ours, `?limit=1&version=latest&cursor=${nextCursor}`)).toEqual(expected.slice(0, 1));
    });

    it('goes on after the row of a cursor that was deleted in between', async () => {
      const shelf = await aShelf(world, world.acme, 'moving');
      for (const name of ['aa', 'bb', 'cc']) await shelf.publish({ name: `com.example/${name}` });
      const { nextCursor = '' } = (await shelf.list('?limit=2')).metadata;
      await shelf.setStatuses('com.example/bb', 'deleted');
      expect(await page(shelf, `?cursor=${nextCursor}`)).toEqual(['com.example/cc@1.0.0']);
    });

    it('answers HEAD with the headers of GET and no body', async () => {
      const get = await ours.call('GET', 'servers?limit=2');
      const head = await ours.call('HEAD', 'servers?limit=2');
      expect(head.status).toBe(200);
      expect(head.text).toBe('');
      for (const header of ['etag', 'content-length', 'content-type', 'cache-control'])
        expect(head.headers[header]).toBe(get.headers[header]);
    });

    it('answers 304 to the ETag of the page until the registry changes', async () => {
      const shelf = await aShelf(world, world.acme, 'cached', { visibility: 'public' });
      await shelf.publish();
      const { headers } = await shelf.call('GET', 'servers', { token: '' });
      const etag = headers.etag ?? '';
      expect(etag).toMatch(/^"[\w-]+"$/);
      expect(headers['cache-control']).toBe('public, max-age=1, must-revalidate');
      const again = (tag: string) => shelf.call('GET', 'servers', { token: '', headers: { 'if-none-match': tag } });
      for (const tag of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const unchanged = await again(tag);
        expect(unchanged.status).toBe(304);
        expect(unchanged.text).toBe('');
        expect(unchanged.headers.etag).toBe(etag);
      }
      expect((await again('"other"')).status).toBe(200);
      await shelf.publish({ version: '2.0.0' });
      expect((await again(etag)).status).toBe(200);
    });

    it('lets only the caller himself keep what a private registry answers', async () => {
      const { headers } = await ours.call('GET', 'servers');
      expect(headers['cache-control']).toBe('private, no-cache');
      expect(headers.vary).toContain('Authorization');
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['limit=0', { message: 'expected number >= 1', location: 'query.limit', value: 0 }],
      ['limit=-1', { message: 'expected number >= 1', location: 'query.limit', value: -1 }],
      ['limit=101', { message: 'expected number <= 100', location: 'query.limit', value: 101 }],
      ['limit=abc', { message: 'invalid integer', location: 'query.limit', value: 'abc' }],
      ['limit=1.5', { message: 'invalid integer', location: 'query.limit', value: '1.5' }],
      ['include_deleted=yes', { message: 'invalid boolean', location: 'query.include_deleted', value: 'yes' }],
    ])('answers 422 to %s and says where', async (query, error) => {
      const answer = await ours.call('GET', `servers?${query}`);
      expect(answer.status).toBe(422);
      expect(answer.headers['content-type']).toBe('application/problem+json');
      expect(answer.json()).toMatchObject({
        title: 'Unprocessable Entity',
        status: 422,
        detail: 'validation failed',
        errors: [error],
      });
    });

    it('reports all wrong parameters together', async () => {
      const { errors } = (await ours.call('GET', 'servers?limit=x&include_deleted=y')).json<Problem>();
      expect(errors?.map(({ location }) => location)).toEqual(['query.limit', 'query.include_deleted']);
    });

    it.each([
      '2025-01-01',
      '2025-01-01T00:00:00',
      '2025-01-01T00:00:00+02:00',
      '2025-02-30T00:00:00Z',
      '2025-01-01%2000:00:00Z',
      'yesterday',
      '2025-01-01T00:00:00%2B23:00',
    ])('answers 400 to updated_since=%s', async (text) => {
      const answer = await ours.call('GET', `servers?updated_since=${text}`);
      expect(answer.status).toBe(400);
      expect(answer.json().detail).toBe(
        'Invalid updated_since format: expected RFC3339 timestamp (e.g., 2025-08-07T13:15:04.280Z)',
      );
    });

    it('answers 400 to updated_since with include_deleted=false', async () => {
      const answer = await ours.call('GET', 'servers?updated_since=2025-01-01T00:00:00Z&include_deleted=false');
      expect(answer.status).toBe(400);
      expect(answer.json().detail).toBe(
        'Cannot set include_deleted=false when using updated_since (incremental sync requires deleted servers)',
      );
    });

    it('answers 400 to a cursor of another registry, of another list and of nobody', async () => {
      const foreign = (await theirs.list('?limit=1')).metadata.nextCursor;
      expect(foreign).toBeUndefined();
      await theirs.publish({ version: '2.0.0' });
      const cursors = [
        (await theirs.list('?limit=1')).metadata.nextCursor ?? '',
        'com.example%2Fweather:1.0.0',
        'e30.00000000',
      ];
      for (const cursor of cursors) {
        const answer = await ours.call('GET', `servers?cursor=${cursor}`);
        expect(answer.status).toBe(400);
        expect(answer.json()).toMatchObject({ detail: 'Invalid cursor', errors: [{ location: 'query.cursor' }] });
      }
      const own = (await ours.list('?limit=1&search=example')).metadata.nextCursor ?? '';
      for (const filter of ['search=other', 'version=latest', 'include_deleted=true'])
        expect((await ours.call('GET', `servers?cursor=${own}&${filter}`)).status).toBe(400);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with a challenge for a private registry', async () => {
      await expectSignInAsked(ours, 'GET', 'servers');
    });

    it('serves a public registry to anybody, whatever credential comes along', async () => {
      const shelf = await aShelf(world, world.acme, 'open', { visibility: 'public' });
      await shelf.publish();
      const expired = await world.aUser(world.acme, { expired: true });
      for (const token of ['', 'nonsense', expired, world.globex.admin])
        expect((await shelf.call('GET', 'servers', { token })).json<ServerList>().metadata.count).toBe(1);
    });
  });

  describe('requires the permission', () => {
    it('serves a Viewer of the registry and hides it from a Viewer of another', async () => {
      const other = await aShelf(world, world.acme, 'another');
      const viewer = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: ours.id }]);
      expect((await ours.call('GET', 'servers', { token: viewer })).status).toBe(200);
      expect((await other.call('GET', 'servers', { token: viewer })).status).toBe(404);
    });

    it('hides the registry from a user without any role', async () => {
      const answer = await ours.call('GET', 'servers', { token: await world.aUser(world.acme) });
      expect(answer.status).toBe(404);
      expect(answer.json().detail).toBe('Registry not found');
    });
  });

  describe('hides other organizations', () => {
    it('answers for a registry of another organization as for one that is not there', async () => {
      await expectHidden(world, theirs, 'GET', 'servers');
    });

    it('answers anonymous callers alike for a private registry and for none', async () => {
      const hidden = await ours.call('GET', 'servers', { token: '' });
      const missing = await world.call('GET', `/registries/${randomUUID()}/v0.1/servers`);
      expect([hidden.status, hidden.json().detail]).toEqual([missing.status, missing.json().detail]);
    });

    it("finds by name only the caller's own registry of that name", async () => {
      const list = async (token: string) =>
        (await world.call('GET', '/registries/main/v0.1/servers?search=weather', { token })).json<ServerList>();
      expect((await list(world.globex.admin)).servers[0]?.server.description).toBe('Of globex');
      const own = await list(world.acme.admin);
      expect(own.servers.map(({ server }) => server.description)).toEqual(['Tells the weather', 'Tells the weather']);
    });
  });
});
