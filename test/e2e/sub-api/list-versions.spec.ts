import { aWorld, type World } from '../../support/world';
import { aShelf, expectHidden, expectSignInAsked, twins, WEATHER, type Shelf } from './shelf';
import { idsOf, official, type ServerList } from './wire';

const PATH = 'servers/com.example%2Fweather/versions';

describe('list-versions: GET {B}/v0.1/servers/{serverName}/versions', () => {
  let world: World;
  let ours: Shelf;
  let theirs: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    ({ ours, theirs } = await twins(world, 'main'));
    for (const version of ['2.0.0', '1.0.0', '3.0.0', 'beta']) await ours.publish({ version });
    await ours.publish({ name: 'com.example/weather-extra' });
    await ours.setStatus(WEATHER, '1.0.0', 'deprecated');
    await ours.setStatus(WEATHER, '3.0.0', 'deleted');
  });

  afterAll(() => world.close());

  const versions = async (query = '', path = PATH): Promise<string[]> =>
    (await ours.call('GET', `${path}${query}`)).json<ServerList>().servers.map(({ server }) => server.version);

  describe('works', () => {
    it('lists the newest publication first, without the deleted ones', async () => {
      expect(await versions()).toEqual(['beta', '1.0.0', '2.0.0']);
    });

    it('adds the deleted ones when asked', async () => {
      expect(await versions('?include_deleted=true')).toEqual(['beta', '3.0.0', '1.0.0', '2.0.0']);
    });

    it('marks the latest of what is left', async () => {
      const { servers } = (await ours.call('GET', `${PATH}?include_deleted=1`)).json<ServerList>();
      expect(servers.filter((entry) => official(entry).isLatest).map(({ server }) => server.version)).toEqual([
        '2.0.0',
      ]);
    });

    it('answers all versions at once, whatever limit and cursor say', async () => {
      const answer = await ours.call('GET', `${PATH}?limit=1&cursor=x`);
      expect(answer.json<ServerList>().metadata).toEqual({ count: 3 });
    });

    it('takes the name encoded once, twice, in lower case, or not at all', async () => {
      for (const name of ['com.example%252Fweather', 'com.example%2fweather', 'com.example/weather'])
        expect(await versions('', `servers/${name}/versions`)).toEqual(['beta', '1.0.0', '2.0.0']);
    });

    it('answers HEAD, and 304 to its ETag', async () => {
      const { headers } = await ours.call('GET', PATH);
      const head = await ours.call('HEAD', PATH);
      expect([head.status, head.text, head.headers.etag]).toEqual([200, '', headers.etag]);
      const unchanged = await ours.call('GET', PATH, { headers: { 'if-none-match': headers.etag ?? '' } });
      expect([unchanged.status, unchanged.text]).toEqual([304, '']);
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 when no version is visible, and shows them when deleted ones are asked for', async () => {
      await ours.publish({ name: 'com.example/gone' });
      await ours.setStatuses('com.example/gone', 'deleted');
      for (const name of ['com.example%2Fgone', 'com.example%2Fnone', 'COM.example%2Fweather']) {
        const answer = await ours.call('GET', `servers/${name}/versions`);
        expect(answer.status).toBe(404);
        expect(answer.json().detail).toBe('Server not found');
      }
      expect(await versions('?include_deleted', 'servers/com.example%2Fgone/versions')).toEqual(['1.0.0']);
    });

    it('answers 422 to an include_deleted that is no Boolean', async () => {
      const answer = await ours.call('GET', `${PATH}?include_deleted=maybe`);
      expect(answer.status).toBe(422);
      expect(answer.json()).toMatchObject({
        errors: [{ message: 'invalid boolean', location: 'query.include_deleted', value: 'maybe' }],
      });
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with a challenge for a private registry', async () => {
      await expectSignInAsked(ours, 'GET', PATH);
    });

    it('serves a public registry to anybody', async () => {
      const shelf = await aShelf(world, world.acme, 'open', { visibility: 'public' });
      await shelf.publish();
      const answer = await shelf.call('GET', PATH, { token: '' });
      expect(idsOf(answer.json<ServerList>())).toEqual([`${WEATHER}@1.0.0`]);
    });
  });

  describe('requires the permission', () => {
    it('serves a Viewer and hides the registry from a user without any role', async () => {
      const viewer = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: ours.id }]);
      expect((await ours.call('GET', PATH, { token: viewer })).status).toBe(200);
      expect((await ours.call('GET', PATH, { token: await world.aUser(world.acme) })).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers for a registry of another organization as for one that is not there', async () => {
      await expectHidden(world, theirs, 'GET', PATH);
    });
  });
});
