import { aWorld, type World } from '../../support/world';
import { aMirror, anUpstream, aRun, MISSING, pathOf, type Mirror } from './support/mirrors';

describe('get-mirror: GET /v0/registries/{registryIdentifier}/mirrors/{mirrorId}', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;
  let mirror: Mirror;
  let foreignMirror: Mirror;

  const get = (mirrorId = mirror.id, registry = id, token: string | null = world.acme.admin) =>
    world.call('GET', pathOf(registry, mirrorId), token === null ? {} : { token });

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    mirror = await aMirror(world, world.acme, id, await anUpstream(world, world.acme, 'partner'));
    foreignMirror = await aMirror(world, world.globex, foreign, await anUpstream(world, world.globex, 'partner'));
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the mirror as it was made, by id, by name and at the alias', async () => {
      expect((await get()).status).toBe(200);
      for (const path of [
        pathOf(id, mirror.id),
        pathOf('tools', mirror.id),
        `/v0/mcp-registries/${id}/mirrors/${mirror.id}`,
      ])
        expect((await world.call('GET', path, { token: world.acme.admin })).json()).toEqual(mirror);
    });

    it('tells how old its data is, and its last run', async () => {
      await world.db.query(`update mirror set data_as_of = '2026-01-01T00:00:00.123456Z' where id = $1`, [mirror.id]);
      const run = await aRun(world, mirror.id, { state: 'running' });
      expect((await get()).json()).toMatchObject({
        data_as_of: '2026-01-01T00:00:00.123456Z',
        last_run: { id: run, state: 'running', finished_at: null },
      });
    });
  });

  describe('rejects bad input', () => {
    it.each(['partner', '0', '%00', MISSING])('answers %s like a mirror that is not there', async (one) => {
      const answer = await get(one);
      expect([answer.status, answer.json().type]).toEqual(
        one === '%00' ? [400, expect.any(String)] : [404, 'urn:portolan:error:mirror_not_found'],
      );
    });

    it('finds a mirror in its own registry only', async () => {
      const elsewhere = await get(mirror.id, sibling);
      expect([elsewhere.status, elsewhere.masked]).toEqual([404, (await get(MISSING, sibling)).masked]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever mirror', async () => {
      for (const one of [mirror.id, foreignMirror.id, MISSING]) expect((await get(one, id, null)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each(['Admin', 'Publisher', 'Viewer'] as const)('answers %s of the registry 200', async (role) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await get(mirror.id, id, token)).status).toBe(200);
    });

    it('answers 404 to who does not know the registry', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await get(mirror.id, id, token)).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign mirror and a missing one alike, byte for byte', async () => {
      const missing = await get(MISSING);
      const hidden = await get(foreignMirror.id);
      expect([hidden.status, hidden.masked]).toEqual([404, missing.masked]);
    });

    it('answers a foreign registry and a missing one alike, byte for byte', async () => {
      const hidden = await get(foreignMirror.id, foreign);
      expect([hidden.status, hidden.masked]).toEqual([404, (await get(foreignMirror.id, MISSING)).masked]);
    });
  });
});
