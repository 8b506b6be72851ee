import { aWorld, type World } from '../../support/world';
import { aShelf, expectHidden, expectSignInAsked, twins, WEATHER, type Shelf } from './shelf';
import { OFFICIAL_KEY, official, versionPath, type Entry } from './wire';

describe('get-version: GET {B}/v0.1/servers/{serverName}/versions/{version}', () => {
  let world: World;
  let ours: Shelf;
  let theirs: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    ({ ours, theirs } = await twins(world, 'main'));
    for (const version of ['1.0.0', '1.1.0', '2.0.0+build.7', 'nightly build/α']) await ours.publish({ version });
    await ours.publish({ name: 'com.example/gone' });
    await ours.setStatus('com.example/gone', '1.0.0', 'deleted', 'withdrawn');
  });

  afterAll(() => world.close());

  const versionAt = async (path: string): Promise<string | number> => {
    const answer = await ours.call('GET', path);
    return answer.status === 200 ? answer.json<Entry>().server.version : answer.status;
  };

  describe('works', () => {
    it('answers one item, not a list', async () => {
      const answer = await ours.call('GET', versionPath(WEATHER, '1.0.0'));
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.text.endsWith('}}}\n')).toBe(true);
      const entry = answer.json<Entry>();
      expect(Object.keys(entry)).toEqual(['server', '_meta']);
      expect(Object.keys(entry._meta)).toEqual([OFFICIAL_KEY]);
      expect(Object.keys(official(entry))).toEqual([
        'status',
        'statusChangedAt',
        'publishedAt',
        'updatedAt',
        'isLatest',
      ]);
    });

    it('finds the latest by semantic precedence', async () => {
      expect(await versionAt(versionPath(WEATHER, 'latest'))).toBe('2.0.0+build.7');
    });

    it.each([
      ['servers/com.example%2Fweather/versions/1.1.0', '1.1.0'],
      ['servers/com.example%2fweather/versions/1.1.0', '1.1.0'],
      ['servers/com.example%252Fweather/versions/1.1.0', '1.1.0'],
      ['servers/com.example/weather/versions/1.1.0', '1.1.0'],
      ['servers/com.example/weather/versions/latest', '2.0.0+build.7'],
      ['servers/com.example%2Fweather/versions/1.1.0/', '1.1.0'],
      ['servers//com.example%2Fweather///versions/1.1.0', '1.1.0'],
      ['servers/com.example%2Fweather/versions/2.0.0+build.7', '2.0.0+build.7'],
      ['servers/com.example%2Fweather/versions/2.0.0%2Bbuild.7', '2.0.0+build.7'],
      ['servers/com.example%2Fweather/versions/2.0.0%252Bbuild.7', '2.0.0+build.7'],
      ['servers/com.example%2Fweather/versions/nightly%20build%2F%CE%B1', 'nightly build/α'],
      ['servers/com.example%2Fweather/versions/2.0.0%20build.7', 404],
      ['servers/Com.example%2Fweather/versions/1.1.0', 404],
      ['servers/com.example%2FWeather/versions/1.1.0', 404],
      ['servers/com.example%2Fweather/versions/LATEST', 404],
      ['servers/com.example%2Fweather/versions/9.9.9', 404],
      ['servers/weather/versions/1.1.0', 404],
    ])('reads %s as %s', async (path, expected) => {
      expect(await versionAt(path)).toBe(expected);
    });

    it('hides a deleted version unless include_deleted asks for it', async () => {
      for (const version of ['1.0.0', 'latest']) {
        const path = versionPath('com.example/gone', version);
        expect(await versionAt(path)).toBe(404);
        expect(await versionAt(`${path}?include_deleted=false`)).toBe(404);
        const shown = (await ours.call('GET', `${path}?include_deleted`)).json<Entry>();
        expect(official(shown)).toMatchObject({ status: 'deleted', statusMessage: 'withdrawn', isLatest: true });
        expect(Object.keys(official(shown))[2]).toBe('statusMessage');
      }
    });

    it('answers v0/servers/{name} with the latest version, as older clients ask', async () => {
      const get = (path: string) => world.call('GET', `${ours.base}/${path}`, { token: world.acme.admin });
      const latest = await ours.call('GET', versionPath(WEATHER, 'latest'));
      expect((await get('v0/servers/com.example%2Fweather')).text).toBe(latest.text);
      expect((await get('v0/servers/com.example/weather')).text).toBe(latest.text);
      expect((await get('v0/servers/com.example%2Fgone')).json().detail).toBe('Server not found');
    });

    it('answers HEAD, and 304 to its ETag', async () => {
      const path = versionPath(WEATHER, '1.0.0');
      const { headers } = await ours.call('GET', path);
      const head = await ours.call('HEAD', path);
      expect([head.status, head.text, head.headers.etag]).toEqual([200, '', headers.etag]);
      const unchanged = await ours.call('GET', path, { headers: { 'if-none-match': headers.etag ?? '' } });
      expect([unchanged.status, unchanged.text]).toEqual([304, '']);
      expect(headers['cache-control']).toBe('private, no-cache');
      expect(headers.vary).toContain('Authorization');
    });

    it('changes the ETag with the status', async () => {
      const path = versionPath(WEATHER, '1.1.0');
      const { headers } = await ours.call('GET', path);
      await ours.setStatus(WEATHER, '1.1.0', 'deprecated');
      const changed = await ours.call('GET', path, { headers: { 'if-none-match': headers.etag ?? '' } });
      expect(changed.status).toBe(200);
      expect(official(changed.json<Entry>()).status).toBe('deprecated');
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['servers/100%25/versions/1.0.0', 'Invalid server name encoding'],
      ['servers/com.example%2Fweather/versions/100%25', 'Invalid version encoding'],
      ['servers/%25ff/versions/1.0.0', 'Invalid server name encoding'],
      ['servers/com.example%2Fweather/versions/%25ED%25A0%2580', 'Invalid version encoding'],
      ['servers/%ff/versions/1.0.0', 'The path is not valid percent-encoded UTF-8'],
      ['servers/com.example%2Fweather/versions/%c3%28', 'The path is not valid percent-encoded UTF-8'],
      ['servers/a%00b/versions/1.0.0', 'Invalid request: URL path contains null bytes'],
      ['servers/a%2500b/versions/1.0.0', 'Invalid request: URL path contains null bytes'],
      ['servers/a/versions/1.0.0?x=%00', 'Invalid request: query parameters contain null bytes'],
    ])('answers 400 to %s', async (path, detail) => {
      const answer = await ours.call('GET', path);
      expect(answer.status).toBe(400);
      expect(answer.json()).toMatchObject({ title: 'Bad Request', status: 400, detail });
    });

    it('answers 404 with the official text to a version that is not there', async () => {
      for (const path of [versionPath(WEATHER, '9.9.9'), versionPath('com.example/none', 'latest')]) {
        const answer = await ours.call('GET', path);
        expect(answer.status).toBe(404);
        expect(answer.json()).toMatchObject({ title: 'Not Found', status: 404, detail: 'Server not found' });
      }
    });

    it('answers 422 to an include_deleted that is no Boolean', async () => {
      const answer = await ours.call('GET', `${versionPath(WEATHER, '1.0.0')}?include_deleted=2`);
      expect(answer.status).toBe(422);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with a challenge for a private registry', async () => {
      await expectSignInAsked(ours, 'GET', versionPath(WEATHER, '1.0.0'));
    });

    it('serves a public registry to anybody', async () => {
      const shelf = await aShelf(world, world.acme, 'open', { visibility: 'public' });
      await shelf.publish();
      const answer = await shelf.call('GET', versionPath(WEATHER, 'latest'), { token: '' });
      expect(answer.status).toBe(200);
      expect(answer.headers['cache-control']).toBe('public, max-age=1, must-revalidate');
    });
  });

  describe('requires the permission', () => {
    it('serves a Viewer and hides the registry from a user without any role', async () => {
      const path = versionPath(WEATHER, '1.0.0');
      const viewer = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: ours.id }]);
      expect((await ours.call('GET', path, { token: viewer })).status).toBe(200);
      expect((await ours.call('GET', path, { token: await world.aUser(world.acme) })).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers for a registry of another organization as for one that is not there', async () => {
      await expectHidden(world, theirs, 'GET', versionPath(WEATHER, '1.0.0'));
    });
  });
});
