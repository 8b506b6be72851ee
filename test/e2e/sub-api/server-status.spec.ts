import { aWorld, type World } from '../../support/world';
import { aShelf, denialsOf, expectHidden, expectSignInAsked, twins, WEATHER, type Shelf } from './shelf';
import { idsOf, moment, official, type BulkStatus, type Problem } from './wire';

const PATH = 'servers/com.example%2Fweather/status';

describe('server-status: PATCH {B}/v0.1/servers/{serverName}/status', () => {
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
  const another = async (versions: readonly string[] = ['1.0.0', '3.0.0', '2.0.0']): Promise<Shelf> => {
    const shelf = await aShelf(world, world.acme, `shelf-${(fresh += 1)}`);
    for (const version of versions) await shelf.publish({ version });
    return shelf;
  };
  const patch = (shelf: Shelf, body: unknown, token?: string) =>
    shelf.call('PATCH', PATH, { body, ...(token === undefined ? {} : { token }) });

  describe('works', () => {
    it('changes every version and lists all, newest publication first', async () => {
      const shelf = await another();
      await shelf.publish({ name: 'com.example/weather-extra' });
      const answer = await patch(shelf, { status: 'deprecated', statusMessage: 'sunset' });
      expect(answer.status).toBe(200);
      expect(answer.headers['content-type']).toBe('application/json');
      expect(answer.text).toMatch(/^\{"updatedCount":3,"servers":\[.*\]\}\n$/);
      const { servers } = answer.json<BulkStatus>();
      expect(servers.map(({ server }) => server.version)).toEqual(['2.0.0', '3.0.0', '1.0.0']);
      for (const entry of servers)
        expect(official(entry)).toMatchObject({ status: 'deprecated', statusMessage: 'sunset' });
      expect(official(await shelf.entry('com.example/weather-extra', '1.0.0')).status).toBe('active');
    });

    it('counts and lists all versions but touches only those that change', async () => {
      const shelf = await another();
      const kept = await shelf.setStatus(WEATHER, '1.0.0', 'deprecated');
      const { updatedCount, servers } = await shelf.setStatuses(WEATHER, 'deprecated');
      expect(updatedCount).toBe(3);
      expect(servers).toHaveLength(3);
      expect(servers[2]).toEqual(kept);
      expect(moment(official(servers[0] ?? kept).updatedAt) > moment(official(kept).updatedAt)).toBe(true);
    });

    it('moves statusChangedAt only where the status changes', async () => {
      const shelf = await another(['1.0.0']);
      const before = official(await shelf.setStatus(WEATHER, '1.0.0', 'deprecated', 'one'));
      const { servers } = await shelf.setStatuses(WEATHER, 'deprecated', 'two');
      const [after] = servers.map(official);
      expect(after).toEqual({ ...before, statusMessage: 'two', updatedAt: after?.updatedAt });
      expect(after?.updatedAt).not.toBe(before.updatedAt);
    });

    it('leaves the flag with the highest of the deleted when it deletes all, and gives it back', async () => {
      const shelf = await another();
      const deleted = await shelf.setStatuses(WEATHER, 'deleted');
      expect(deleted.servers.filter((entry) => official(entry).isLatest).map(({ server }) => server.version)).toEqual([
        '3.0.0',
      ]);
      expect((await shelf.list()).servers).toEqual([]);
      await shelf.setStatuses(WEATHER, 'active');
      expect(idsOf(await shelf.list('?version=latest'))).toEqual([`${WEATHER}@3.0.0`]);
    });

    it('restores all or nothing when another server has one of the remote URLs', async () => {
      const shelf = await another([]);
      const remote = (host: string) => ({ remotes: [{ type: 'sse', url: `https://${host}.example.com/sse` }] });
      await shelf.publish({ ...remote('one') });
      await shelf.publish({ version: '2.0.0', ...remote('two') });
      await shelf.setStatuses(WEATHER, 'deleted');
      await shelf.publish({ name: 'com.example/rival', ...remote('two') });
      const before = await shelf.list('?include_deleted=true');
      const refused = await patch(shelf, { status: 'active' });
      expect(refused.status).toBe(400);
      expect(refused.json<Problem>()).toMatchObject({
        detail: 'Failed to update server status',
        errors: [{ message: 'remote URL https://two.example.com/sse is already used by server com.example/rival' }],
      });
      expect(await shelf.list('?include_deleted=true')).toEqual(before);
      await shelf.publish({ name: 'com.example/third', ...remote('one') });
    });

    it('takes the name unencoded, and works on v0', async () => {
      const shelf = await another(['1.0.0']);
      const send = (path: string, status: string) =>
        world.call('PATCH', `${shelf.base}/${path}`, { token: world.acme.admin, body: { status } });
      expect((await send('v0.1/servers/com.example/weather/status', 'deprecated')).status).toBe(200);
      expect((await send(`v0/${PATH}`, 'active')).json<BulkStatus>().updatedCount).toBe(1);
    });

    it('writes exactly one audit row for all versions that change', async () => {
      const shelf = await another();
      await shelf.setStatus(WEATHER, '2.0.0', 'deprecated');
      await shelf.setStatuses(WEATHER, 'deprecated', 'sunset');
      const rows = (await shelf.changes()).slice(4);
      expect(rows).toEqual([
        expect.objectContaining({
          action: 'server.status',
          result: 'success',
          target_id: WEATHER,
          before: [
            { version: '2.0.0', status: 'deprecated', status_message: null },
            { version: '3.0.0', status: 'active', status_message: null },
            { version: '1.0.0', status: 'active', status_message: null },
          ],
          after: { status: 'deprecated', status_message: 'sunset' },
        }),
      ]);
    });

    it('writes down how much changed, and its digest, when that is too much to be told', async () => {
      const shelf = await another(['1.0.0']);
      await world.db.query(
        `insert into server_version
         select (jsonb_populate_record(v, jsonb_build_object('version', '0.' || n || '.0', 'is_latest', false,
                   'status', 'deprecated', 'status_message', repeat('m', 400)))).*
         from server_version v, generate_series(1, 500) n where v.registry_id = $1`,
        [shelf.id],
      );
      expect((await shelf.setStatuses(WEATHER, 'deprecated', 'sunset')).updatedCount).toBe(501);
      const [row] = (await shelf.changes()).slice(1);
      const { omitted_bytes: bytes, ...said } = row?.before as { omitted_bytes: number };
      expect(said).toEqual({ sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
      expect(bytes).toBeGreaterThan(200_000);
      expect(row?.after).toEqual({ status: 'deprecated', status_message: 'sunset' });
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 to a server that is not there', async () => {
      const answer = await ours.call('PATCH', 'servers/com.example%2Fnone/status', { body: { status: 'deleted' } });
      expect([answer.status, answer.json().detail]).toEqual([404, 'Server not found']);
    });

    it.each([
      { status: 'active' },
      { status: 'active', statusMessage: 'fine' },
      { status: 'active', statusMessage: '' },
    ])('row %#: answers 400 when nothing changes, or to a message with active', async (body) => {
      const shelf = await another();
      const before = await shelf.list();
      const answer = await patch(shelf, body);
      expect(answer.status).toBe(400);
      expect(answer.json().detail).toBe(
        'No changes to apply: all versions already have the requested status and message',
      );
      expect(await shelf.list()).toEqual(before);
      expect(await shelf.changes()).toHaveLength(3);
    });

    it('answers 422 to a body of the wrong shape and 400 to none', async () => {
      const wrong = await patch(ours, { status: 'deprecated', statusMessage: [], extra: 1 });
      expect(wrong.status).toBe(422);
      expect(wrong.json<Problem>().errors?.map(({ location }) => location)).toEqual([
        'body.extra',
        'body.statusMessage',
      ]);
      const none = await ours.call('PATCH', PATH);
      expect([none.status, none.json().detail]).toEqual([400, 'request body is required']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with a challenge', async () => {
      await expectSignInAsked(ours, 'PATCH', PATH, { body: { status: 'deprecated' } });
    });
  });

  describe('requires the permission', () => {
    it('lets a Publisher deprecate all, but neither delete any nor bring any back', async () => {
      const shelf = await another();
      const token = await world.aSystemAccount(world.acme, [{ role: 'Publisher', on: shelf.id }]);
      expect((await patch(shelf, { status: 'deprecated' }, token)).status).toBe(200);
      expect((await patch(shelf, { status: 'deleted' }, token)).status).toBe(403);
      await shelf.setStatus(WEATHER, '2.0.0', 'deleted');
      const before = await shelf.list('?include_deleted=true');
      expect((await patch(shelf, { status: 'active' }, token)).status).toBe(403);
      expect(await shelf.list('?include_deleted=true')).toEqual(before);
      expect(await denialsOf(world, shelf)).toEqual(Array(2).fill('permission.deny version:delete'));
      expect(await shelf.changes()).toHaveLength(5);
    });

    it('answers 403 to a Viewer', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: ours.id }]);
      expect((await patch(ours, { status: 'deprecated' }, token)).status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    it('answers for a registry of another organization as for one that is not there', async () => {
      await expectHidden(world, theirs, 'PATCH', PATH, { body: { status: 'deprecated' } });
    });

    it('leaves the server of the same name in another organization alone', async () => {
      const before = await theirs.entry(WEATHER, '1.0.0');
      await ours.setStatuses(WEATHER, 'deleted');
      expect(await theirs.entry(WEATHER, '1.0.0')).toEqual(before);
    });
  });
});
