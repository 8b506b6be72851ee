import { aServer, aWorld, type World } from '../../support/world';
import { aShelf, denialsOf, expectHidden, expectSignInAsked, twins, WEATHER, type Shelf } from './shelf';
import { moment, official, PUBLISHER_KEY, versionPath, type Entry, type Problem } from './wire';

const PATH = versionPath(WEATHER, '1.0.0');
const REMOTE = { type: 'sse', url: 'https://mcp.example.com/sse' };

describe('edit-version: PUT {B}/v0.1/servers/{serverName}/versions/{version}', () => {
  let world: World;
  let ours: Shelf;
  let theirs: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    ({ ours, theirs } = await twins(world, 'main'));
    await ours.publish();
  });

  afterAll(() => world.close());

  let fresh = 0;
  const another = () => aShelf(world, world.acme, `shelf-${(fresh += 1)}`);
  const edit = (shelf: Shelf, overrides: Record<string, unknown> = {}, path = PATH) =>
    shelf.call('PUT', path, { body: aServer(overrides) });

  describe('works', () => {
    it('replaces the document and moves updatedAt only', async () => {
      const shelf = await another();
      await shelf.publish({ title: 'Weather' });
      const before = await shelf.setStatus(WEATHER, '1.0.0', 'deprecated', 'use the other one');
      const answer = await edit(shelf, { description: 'Tells the weather better' }, `${PATH}?status=deleted`);
      expect(answer.status).toBe(200);
      const after = answer.json<Entry>();
      expect(after.server).toEqual({
        ...aServer({ description: 'Tells the weather better' }),
        $schema: before.server.$schema,
      });
      const { updatedAt } = official(after);
      expect(official(after)).toEqual({ ...official(before), updatedAt });
      expect(moment(updatedAt) > moment(official(before).updatedAt)).toBe(true);
      expect((await shelf.call('GET', PATH)).text).toBe(answer.text);
    });

    it('tells incremental readers', async () => {
      const shelf = await another();
      const { updatedAt } = official(await shelf.publish());
      await edit(shelf, { description: 'Changed' });
      const { servers } = await shelf.list(`?updated_since=${updatedAt}`);
      expect(servers.map(({ server }) => server.description)).toEqual(['Changed']);
    });

    it('gives up the remote URLs that it drops and takes the new ones', async () => {
      const shelf = await another();
      await shelf.publish({ remotes: [REMOTE] });
      const next = { ...REMOTE, url: 'https://next.example.com/sse' };
      await edit(shelf, { remotes: [next] });
      await shelf.publish({ name: 'com.example/rival', remotes: [REMOTE] });
      const taken = await shelf.call('POST', 'publish', {
        body: aServer({ name: 'com.example/third', remotes: [next] }),
      });
      expect(taken.status).toBe(400);
    });

    it('keeps a remote URL that another version of the server still has', async () => {
      const shelf = await another();
      await shelf.publish({ remotes: [REMOTE] });
      await shelf.publish({ version: '2.0.0', remotes: [REMOTE] });
      await edit(shelf);
      const body = aServer({ name: 'com.example/rival', remotes: [REMOTE] });
      expect((await shelf.call('POST', 'publish', { body })).status).toBe(400);
    });

    it('leaves another server with an equal document alone', async () => {
      const shelf = await another();
      const twin = await another();
      await shelf.publish();
      const before = await twin.publish();
      await edit(shelf, { description: 'Changed' });
      expect(await twin.entry(WEATHER, '1.0.0')).toEqual(before);
    });

    it('writes exactly one audit row with both documents', async () => {
      const shelf = await another();
      await shelf.publish();
      await edit(shelf, { description: 'Changed' });
      const rows = await shelf.changes();
      expect(rows.map(({ action }) => action)).toEqual(['server.version.publish', 'server.version.edit']);
      expect(rows[1]).toMatchObject({
        result: 'success',
        target_id: `${WEATHER}@1.0.0`,
        before: { status: 'active', document: { description: 'Tells the weather' } },
        after: { status: 'active', document: { description: 'Changed' } },
      });
    });

    it.each(['servers/com.example/weather/versions/1.0.0', 'servers/com.example%252Fweather/versions/1.0.0'])(
      'takes %s too',
      async (path) => {
        expect((await edit(ours, { description: path.slice(0, 40) }, path)).status).toBe(200);
      },
    );

    it('takes more than 4096 bytes of publisher-provided data, which only a publication counts', async () => {
      const answer = await edit(ours, { _meta: { [PUBLISHER_KEY]: { a: 'x'.repeat(4096) } } });
      expect(answer.status).toBe(200);
    });
  });

  describe('rejects bad input', () => {
    it('answers in the official order: shape, presence, name, version, rules, conflicts', async () => {
      const shelf = await another();
      await shelf.publish({ remotes: [REMOTE] });
      await shelf.publish({ name: 'com.example/rival', remotes: [{ ...REMOTE, url: 'https://rival.example.com' }] });
      const wrong: Record<string, unknown> = {
        name: 'com.example/renamed',
        version: 'latest',
        description: 5,
        remotes: [{ ...REMOTE, url: 'https://rival.example.com' }],
      };
      const attempt = async (path: string, changes: Record<string, unknown>) => {
        Object.assign(wrong, changes);
        const answer = await edit(shelf, wrong, path);
        return [answer.status, answer.json().detail];
      };
      const missing = versionPath(WEATHER, '9.9.9');
      expect(await attempt(missing, {})).toEqual([422, 'validation failed']);
      expect(await attempt(missing, { description: 'Right' })).toEqual([404, 'Server not found']);
      expect(await attempt(PATH, {})).toEqual([400, 'Cannot rename server']);
      expect(await attempt(PATH, { name: WEATHER })).toEqual([
        400,
        'Version in request body must match URL path parameter',
      ]);
      expect(await attempt(PATH, { version: '1.0.0', title: '  ' })).toEqual([
        422,
        'Failed to edit server, invalid schema: call /validate for details',
      ]);
      expect(await attempt(PATH, { title: 'Right' })).toEqual([400, 'Failed to edit server']);
      expect(await attempt(PATH, { remotes: [] })).toEqual([200, undefined]);
      expect((await shelf.changes()).map(({ action }) => action)).toEqual([
        'server.version.publish',
        'server.version.publish',
        'server.version.edit',
      ]);
    });

    it('answers 400 to a remote URL of another server and names it', async () => {
      const shelf = await another();
      const before = await shelf.publish();
      await shelf.publish({ name: 'com.example/rival', remotes: [REMOTE] });
      const answer = await edit(shelf, { remotes: [REMOTE] });
      expect(answer.json<Problem>().errors?.[0]?.message).toBe(
        `remote URL ${REMOTE.url} is already used by server com.example/rival`,
      );
      expect(await shelf.entry(WEATHER, '1.0.0')).toEqual(before);
    });

    it('answers 404 to a deleted version', async () => {
      const shelf = await another();
      await shelf.publish();
      await shelf.setStatus(WEATHER, '1.0.0', 'deleted');
      const answer = await edit(shelf);
      expect([answer.status, answer.json().detail]).toEqual([404, 'Server not found']);
    });

    it('does not take latest for a version', async () => {
      const answer = await edit(ours, {}, versionPath(WEATHER, 'latest'));
      expect(answer.status).toBe(404);
    });

    it('answers 400 to an encoding that cannot be undone', async () => {
      const answer = await edit(ours, {}, 'servers/%25ff/versions/1.0.0');
      expect([answer.status, answer.json().detail]).toEqual([400, 'Invalid server name encoding']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with a challenge', async () => {
      await expectSignInAsked(ours, 'PUT', PATH, { body: aServer() });
    });
  });

  describe('requires the permission', () => {
    it('lets a Publisher edit and answers 403 to a Viewer', async () => {
      const shelf = await another();
      await shelf.publish();
      const publisher = await world.aSystemAccount(world.acme, [{ role: 'Publisher', on: shelf.id }]);
      const viewer = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: shelf.id }]);
      const body = aServer({ description: 'Changed' });
      expect((await shelf.call('PUT', PATH, { token: viewer, body })).status).toBe(403);
      expect(await denialsOf(world, shelf)).toEqual(['permission.deny version:edit']);
      expect(await shelf.changes()).toHaveLength(1);
      expect((await shelf.call('PUT', PATH, { token: publisher, body })).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers for a registry of another organization as for one that is not there', async () => {
      await expectHidden(world, theirs, 'PUT', PATH, { body: aServer() });
    });
  });
});
