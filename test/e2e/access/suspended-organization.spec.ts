import { aServer, aWorld, type World } from '../../support/world';

describe('a suspended organization', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
    for (const organization of [world.acme, world.globex]) {
      await world.aRegistry(organization, 'tools', { visibility: 'public' });
      await world.publish(organization, 'tools', aServer());
    }
    await world.db.query(`update organization set state = 'suspended' where name = 'acme'`);
  });

  afterAll(() => world.close());

  it.each([
    ['GET', '/v0/registries'],
    ['GET', '/v0/organizations/me'],
    ['GET', '/registries/tools/v0.1/servers'],
    ['POST', '/registries/tools/v0.1/publish'],
  ])('answers 403 to its members and writes that down: %s %s', async (method, path) => {
    const denials = async () =>
      (
        await world.db.query(`select 1 from audit_log where action = 'permission.deny' and org_id = $1`, [
          world.acme.id,
        ])
      ).length;
    const before = await denials();
    const answer = await world.call(method, path, { token: world.acme.admin });
    expect([answer.status, answer.json().detail]).toEqual([403, 'The organization is suspended']);
    await expect(denials()).resolves.toBe(before + 1);
  });

  it('answers 403 to everybody on its public registries, never 404', async () => {
    const answer = await world.call('GET', '/o/acme/registries/tools/v0.1/servers');
    expect(answer.status).toBe(403);
  });

  it('leaves other organizations alone', async () => {
    const answer = await world.call('GET', '/o/globex/registries/tools/v0.1/servers');
    expect(answer.status).toBe(200);
  });
});
