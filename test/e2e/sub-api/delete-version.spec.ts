import { aServer, aWorld, type World } from '../../support/world';
import { aShelf, denialsOf, expectHidden, expectSignInAsked, twins, WEATHER, type Shelf } from './shelf';
import { idsOf, official, versionPath, type Entry } from './wire';

const PATH = versionPath(WEATHER, '1.0.0');

describe('delete-version: DELETE {B}/v0.1/servers/{serverName}/versions/{version}', () => {
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

  describe('works', () => {
    it('answers 200 with the version, now deleted, and hides it', async () => {
      const shelf = await another();
      const before = await shelf.publish();
      const answer = await shelf.call('DELETE', PATH);
      expect(answer.status).toBe(200);
      const after = answer.json<Entry>();
      expect(after.server).toEqual(before.server);
      expect(official(after)).toMatchObject({
        status: 'deleted',
        publishedAt: official(before).publishedAt,
        isLatest: true,
      });
      expect(official(after).statusChangedAt).toBe(official(after).updatedAt);
      expect((await shelf.call('GET', PATH)).status).toBe(404);
      expect((await shelf.list()).servers).toEqual([]);
    });

    it('passes the latest flag on and moves updatedAt of the version that gets it', async () => {
      const shelf = await another();
      const first = await shelf.publish();
      await shelf.publish({ version: '2.0.0' });
      const deleted = (await shelf.call('DELETE', versionPath(WEATHER, '2.0.0'))).json<Entry>();
      expect(official(deleted).isLatest).toBe(false);
      expect(official(await shelf.entry(WEATHER, '1.0.0'))).toEqual({
        ...official(first),
        updatedAt: official(deleted).updatedAt,
      });
      expect(idsOf(await shelf.list('?version=latest'))).toEqual([`${WEATHER}@1.0.0`]);
    });

    it('keeps the message that was there', async () => {
      const shelf = await another();
      await shelf.publish();
      await shelf.setStatus(WEATHER, '1.0.0', 'deprecated', 'use the other one');
      const after = (await shelf.call('DELETE', PATH)).json<Entry>();
      expect(official(after)).toMatchObject({ status: 'deleted', statusMessage: 'use the other one' });
    });

    it('frees the remote URLs of the version', async () => {
      const shelf = await another();
      const remotes = [{ type: 'sse', url: 'https://mcp.example.com/sse' }];
      await shelf.publish({ remotes });
      await shelf.call('DELETE', PATH);
      await shelf.publish({ name: 'com.example/rival', remotes });
    });

    it('writes exactly one audit row with the version before and after', async () => {
      const shelf = await another();
      await shelf.publish();
      await shelf.call('DELETE', PATH);
      const rows = await shelf.changes();
      expect(rows.map(({ action }) => action)).toEqual(['server.version.publish', 'server.version.delete']);
      expect(rows[1]).toMatchObject({
        target_id: `${WEATHER}@1.0.0`,
        before: { name: WEATHER, version: '1.0.0', status: 'active', is_latest: true },
        after: { name: WEATHER, version: '1.0.0', status: 'deleted', is_latest: true },
      });
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 to a version that is not there and 400 to one that is deleted already', async () => {
      const shelf = await another();
      await shelf.publish();
      for (const path of [
        versionPath(WEATHER, '9.9.9'),
        versionPath('com.example/none', '1.0.0'),
        versionPath(WEATHER, 'latest'),
      ]) {
        const missing = await shelf.call('DELETE', path);
        expect([missing.status, missing.json().detail]).toEqual([404, 'Server version not found']);
      }
      await shelf.call('DELETE', PATH);
      const again = await shelf.call('DELETE', PATH);
      expect(again.status).toBe(400);
      expect(again.json().detail).toBe(
        'No changes to apply: status and message are already set to the provided values',
      );
      expect(await shelf.changes()).toHaveLength(2);
    });

    it('never lets a deleted version be published again', async () => {
      const shelf = await another();
      await shelf.publish();
      await shelf.call('DELETE', PATH);
      expect((await shelf.call('POST', 'publish', { body: aServer() })).status).toBe(400);
    });

    it('answers 405 with Allow to the deletion of a whole server', async () => {
      const answer = await ours.call('DELETE', 'servers/com.example%2Fweather/versions');
      expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with a challenge, also for a public registry', async () => {
      await expectSignInAsked(ours, 'DELETE', PATH);
      const open = await aShelf(world, world.acme, 'open', { visibility: 'public' });
      await open.publish();
      await expectSignInAsked(open, 'DELETE', PATH);
      expect((await open.list()).metadata.count).toBe(1);
    });
  });

  describe('requires the permission', () => {
    it.each(['Publisher', 'Creator', 'Viewer'] as const)('answers 403 to a %s and writes that down', async (role) => {
      const shelf = await another();
      const before = await shelf.publish();
      const token = await world.aSystemAccount(world.acme, [{ role, on: shelf.id }]);
      const answer = await shelf.call('DELETE', PATH, { token });
      expect(answer.status).toBe(403);
      expect(await shelf.entry(WEATHER, '1.0.0')).toEqual(before);
      expect(await denialsOf(world, shelf)).toEqual(['permission.deny version:delete']);
      expect(await shelf.changes()).toHaveLength(1);
    });

    it('lets the Admin of the registry delete', async () => {
      const shelf = await another();
      await shelf.publish();
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: shelf.id }]);
      expect((await shelf.call('DELETE', PATH, { token })).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers for a registry of another organization as for one that is not there', async () => {
      await expectHidden(world, theirs, 'DELETE', PATH);
    });
  });
});
