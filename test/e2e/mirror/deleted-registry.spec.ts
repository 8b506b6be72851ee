import { aWorld, type World } from '../../support/world';
import { aMirror, mirroredVersions, anUpstream, aRun, type Mirror } from './support/mirrors';

describe('A registry that is deleted', () => {
  let world: World;
  let id: string;
  let mirror: Mirror;

  const remove = (query: string) => world.call('DELETE', `/v0/registries/${id}${query}`, { token: world.acme.admin });
  const left = async (table: string, column: string, value: string) =>
    (await world.db.query(`select from ${table} where ${column} = $1`, [value])).length;

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    mirror = await aMirror(world, world.acme, id, await anUpstream(world, world.acme, 'partner'));
    await mirroredVersions(world, world.acme, id, mirror.id, [{ name: 'io.partner/one' }]);
    await aRun(world, mirror.id, { state: 'running', lease_until: '2999-01-01T00:00:00Z' });
  });

  afterAll(() => world.close());

  it('takes its mirrors, their runs and what they brought along, when that is forced', async () => {
    expect((await remove('')).status).toBe(409);
    expect((await remove('?force=true')).status).toBe(204);
    expect([
      await left('mirror', 'id', mirror.id),
      await left('mirror_run', 'mirror_id', mirror.id),
      await left('server_version', 'registry_id', id),
      await left('server_name', 'registry_id', id),
    ]).toEqual([0, 0, 0, 0]);
  });
});
