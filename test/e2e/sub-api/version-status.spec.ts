import { aServer, aWorld, type World } from '../../support/world';
import { aShelf, denialsOf, expectHidden, expectSignInAsked, twins, WEATHER, type Shelf } from './shelf';
import { idsOf, moment, official, versionPath, type Entry, type Problem, type Status } from './wire';

const VERSION = versionPath(WEATHER, '1.0.0');
const PATH = `${VERSION}/status`;
const STATUSES: readonly Status[] = ['active', 'deprecated', 'deleted'];

describe('version-status: PATCH {B}/v0.1/servers/{serverName}/versions/{version}/status', () => {
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
  const patch = (shelf: Shelf, body: unknown, token?: string) =>
    shelf.call('PATCH', PATH, { body, ...(token === undefined ? {} : { token }) });

  describe('works', () => {
    it.each(STATUSES.flatMap((from) => STATUSES.filter((to) => to !== from).map((to) => [from, to] as const)))(
      'goes from %s to %s and moves statusChangedAt with updatedAt',
      async (from, to) => {
        const shelf = await another();
        const published = await shelf.publish();
        const before = from === 'active' ? published : await shelf.setStatus(WEATHER, '1.0.0', from);
        const answer = await patch(shelf, { status: to });
        expect(answer.status).toBe(200);
        const after = official(answer.json<Entry>());
        expect(after).toEqual({
          ...official(before),
          status: to,
          statusChangedAt: after.updatedAt,
          updatedAt: after.updatedAt,
        });
        expect(moment(after.updatedAt) > moment(official(before).updatedAt)).toBe(true);
        expect(await shelf.entry(WEATHER, '1.0.0')).toEqual(answer.json());
      },
    );

    it('moves updatedAt alone when only the message changes, and clears a message that is left out', async () => {
      const shelf = await another();
      await shelf.publish();
      const first = official(await shelf.setStatus(WEATHER, '1.0.0', 'deprecated', 'one'));
      const second = official(await shelf.setStatus(WEATHER, '1.0.0', 'deprecated', 'two'));
      expect(second).toEqual({ ...first, statusMessage: 'two', updatedAt: second.updatedAt });
      expect(moment(second.updatedAt) > moment(first.updatedAt)).toBe(true);
      const third = official(await shelf.setStatus(WEATHER, '1.0.0', 'deprecated'));
      expect(third.statusMessage).toBeUndefined();
      expect(third.statusChangedAt).toBe(first.statusChangedAt);
    });

    it('shows each status where the official registry shows it', async () => {
      const shelf = await another();
      for (const status of STATUSES) {
        await shelf.publish({ name: `com.example/${status}` });
        if (status !== 'active') await shelf.setStatus(`com.example/${status}`, '1.0.0', status);
      }
      const all = ['com.example/active@1.0.0', 'com.example/deleted@1.0.0', 'com.example/deprecated@1.0.0'];
      const visible = all.filter((id) => !id.includes('deleted'));
      expect(idsOf(await shelf.list())).toEqual(visible);
      expect(idsOf(await shelf.list('?version=latest'))).toEqual(visible);
      expect(idsOf(await shelf.list('?search=example'))).toEqual(visible);
      for (const query of ['include_deleted=true', 'updated_since=2020-01-01T00:00:00Z', 'include_deleted=1&search=e'])
        expect(idsOf(await shelf.list(`?${query}`))).toEqual(all);
      for (const status of STATUSES)
        for (const version of ['1.0.0', 'latest']) {
          const path = versionPath(`com.example/${status}`, version);
          expect((await shelf.call('GET', path)).status).toBe(status === 'deleted' ? 404 : 200);
          expect((await shelf.call('GET', `${path}?include_deleted=true`)).status).toBe(200);
        }
    });

    it('recomputes the latest on deletion and on restoration', async () => {
      const shelf = await another();
      for (const version of ['1.0.0', '3.0.0', '2.0.0', 'beta']) await shelf.publish({ version });
      const latest = async () => idsOf(await shelf.list('?version=latest&include_deleted=true'));
      const steps: [string, Status, string][] = [
        ['3.0.0', 'deleted', '2.0.0'],
        ['2.0.0', 'deprecated', '2.0.0'],
        ['2.0.0', 'deleted', '1.0.0'],
        ['1.0.0', 'deleted', 'beta'],
        ['beta', 'deleted', '3.0.0'],
        ['beta', 'active', 'beta'],
        ['2.0.0', 'deprecated', '2.0.0'],
        ['3.0.0', 'active', '3.0.0'],
      ];
      for (const [version, status, expected] of steps) {
        await shelf.setStatus(WEATHER, version, status);
        expect(await latest()).toEqual([`${WEATHER}@${expected}`]);
      }
    });

    it('lets a new version become the latest after the latest was deleted', async () => {
      const shelf = await another();
      await shelf.publish({ version: '2.0.0' });
      await shelf.setStatus(WEATHER, '2.0.0', 'deleted');
      expect(official(await shelf.publish({ version: '1.0.0' })).isLatest).toBe(true);
      expect((await shelf.call('GET', versionPath(WEATHER, 'latest'))).status).toBe(200);
    });

    it('frees remote URLs on deletion and claims them on restoration only', async () => {
      const shelf = await another();
      const remotes = [{ type: 'sse', url: 'https://mcp.example.com/sse' }];
      await shelf.publish({ remotes });
      await shelf.setStatus(WEATHER, '1.0.0', 'deleted');
      await shelf.publish({ name: 'com.example/rival', remotes });
      for (const status of ['active', 'deprecated']) {
        const refused = await patch(shelf, { status });
        expect(refused.status).toBe(400);
        expect(refused.json<Problem>()).toMatchObject({
          detail: 'Failed to update server status',
          errors: [{ message: 'remote URL https://mcp.example.com/sse is already used by server com.example/rival' }],
        });
      }
      expect((await patch(shelf, { status: 'deleted', statusMessage: 'moved' })).status).toBe(200);
      await shelf.setStatus('com.example/rival', '1.0.0', 'deleted');
      expect((await patch(shelf, { status: 'active' })).status).toBe(200);
      const again = await shelf.call('PATCH', `${versionPath('com.example/rival', '1.0.0')}/status`, {
        body: { status: 'active' },
      });
      expect(again.status).toBe(400);
    });

    it('does not mind the case of a property name, and takes null for no message', async () => {
      const shelf = await another();
      await shelf.publish();
      expect((await patch(shelf, { Status: 'deprecated', STATUSMESSAGE: 'x' })).status).toBe(200);
      expect((await patch(shelf, { status: 'active', statusMessage: null })).status).toBe(200);
    });

    it('writes exactly one audit row with the version before and after', async () => {
      const shelf = await another();
      await shelf.publish();
      await shelf.publish({ version: '2.0.0' });
      await shelf.setStatus(WEATHER, '2.0.0', 'deleted', 'broken');
      const rows = await shelf.changes();
      expect(rows).toHaveLength(3);
      expect(rows[2]).toMatchObject({
        action: 'server.version.status',
        result: 'success',
        target_id: `${WEATHER}@2.0.0`,
        before: { version: '2.0.0', status: 'active', status_message: null, is_latest: true },
        after: { version: '2.0.0', status: 'deleted', status_message: 'broken', is_latest: false },
      });
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{}, 'expected required property status to be present', 'body'],
      [{ status: 5 }, 'expected string', 'body.status'],
      [{ status: 'gone' }, 'expected value to be one of "active, deprecated, deleted"', 'body.status'],
      [{ status: 'deprecated', statusMessage: 5 }, 'expected string', 'body.statusMessage'],
      [{ status: 'deprecated', statusMessage: 'm'.repeat(501) }, 'expected length <= 500', 'body.statusMessage'],
      [{ status: 'deprecated', reason: 'x' }, 'unexpected property', 'body.reason'],
      [JSON.parse('{"status":"deprecated","__proto__":1}') as unknown, 'unexpected property', 'body.__proto__'],
      [{ status: 'deprecated', constructor: 1 }, 'unexpected property', 'body.constructor'],
      [[], 'expected object', 'body'],
      ['deprecated', 'expected object', 'body'],
    ])('row %#: answers 422 and says where', async (body, message, location) => {
      const answer = await patch(ours, body);
      expect(answer.status).toBe(422);
      expect(answer.json()).toMatchObject({ detail: 'validation failed' });
      expect(answer.json<Problem>().errors).toContainEqual(expect.objectContaining({ message, location }));
    });

    it('accepts a message of 500 characters that are 1000 UTF-16 units', async () => {
      const shelf = await another();
      await shelf.publish();
      expect((await patch(shelf, { status: 'deprecated', statusMessage: '😀'.repeat(500) })).status).toBe(200);
      expect((await patch(shelf, { status: 'deprecated', statusMessage: '😀'.repeat(501) })).status).toBe(422);
    });

    it('answers 400 to a message with active, even an empty one, and to a change of nothing', async () => {
      const shelf = await another();
      const before = await shelf.publish();
      for (const statusMessage of ['', 'fine']) {
        const answer = await patch(shelf, { status: 'active', statusMessage });
        expect(answer.status).toBe(400);
        expect(answer.json().detail).toBe('status_message cannot be provided when setting status to active');
      }
      const same = await patch(shelf, { status: 'active' });
      expect(same.status).toBe(400);
      expect(same.json().detail).toBe('No changes to apply: status and message are already set to the provided values');
      expect(await shelf.entry(WEATHER, '1.0.0')).toEqual(before);
      expect(await shelf.changes()).toHaveLength(1);
    });

    it('answers 404 to a version that is not there, before it looks at the change', async () => {
      for (const path of [versionPath(WEATHER, '9.9.9'), versionPath(WEATHER, 'latest'), versionPath('a.b/cc', '1')]) {
        const answer = await ours.call('PATCH', `${path}/status`, { body: { status: 'active', statusMessage: 'x' } });
        expect([answer.status, answer.json().detail]).toEqual([404, 'Server version not found']);
      }
    });

    it('answers 405 with Allow to PUT', async () => {
      const answer = await ours.call('PUT', PATH, { body: aServer() });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'PATCH, OPTIONS']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with a challenge', async () => {
      await expectSignInAsked(ours, 'PATCH', PATH, { body: { status: 'deprecated' } });
    });
  });

  describe('requires the permission', () => {
    it('lets a Publisher deprecate and restore, but neither delete nor undo a deletion', async () => {
      const shelf = await another();
      await shelf.publish();
      const token = await world.aSystemAccount(world.acme, [{ role: 'Publisher', on: shelf.id }]);
      expect((await patch(shelf, { status: 'deprecated', statusMessage: 'old' }, token)).status).toBe(200);
      expect((await patch(shelf, { status: 'active' }, token)).status).toBe(200);
      const before = await shelf.entry(WEATHER, '1.0.0');
      expect((await patch(shelf, { status: 'deleted' }, token)).status).toBe(403);
      expect(await shelf.entry(WEATHER, '1.0.0')).toEqual(before);
      await shelf.setStatus(WEATHER, '1.0.0', 'deleted');
      for (const status of ['active', 'deprecated']) expect((await patch(shelf, { status }, token)).status).toBe(403);
      expect((await patch(shelf, { status: 'deleted', statusMessage: 'why' }, token)).status).toBe(200);
      expect(await denialsOf(world, shelf)).toEqual(Array(3).fill('permission.deny version:delete'));
      expect((await shelf.changes()).map(({ action }) => action)).toEqual([
        'server.version.publish',
        ...(Array(4).fill('server.version.status') as string[]),
      ]);
    });

    it('answers 403 to a Viewer', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: ours.id }]);
      expect((await patch(ours, { status: 'deprecated' }, token)).status).toBe(403);
      expect(await denialsOf(world, ours)).toContain('permission.deny version:edit');
    });
  });

  describe('hides other organizations', () => {
    it('answers for a registry of another organization as for one that is not there', async () => {
      await expectHidden(world, theirs, 'PATCH', PATH, { body: { status: 'deprecated' } });
    });
  });
});
