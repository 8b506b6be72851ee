import { Client } from 'pg';
import { aWorld, type World } from '../../support/world';

/** What every publication holds while it is on its way, held as long as the test wants. */
describe('a registry with a publication on its way', () => {
  let world: World;
  let publication: Client;

  beforeAll(async () => {
    world = await aWorld();
    for (const organization of [world.acme, world.globex]) await world.aRegistry(organization, 'busy');
    publication = new Client({ connectionString: world.db.superuserUrl });
    await publication.connect();
    await publication.query('begin');
    await publication.query(`select from registry where name = 'busy' for key share`);
  });

  afterAll(async () => {
    await publication.end();
    await world.close();
  });

  it('can be changed at once', async () => {
    const answer = await world.call('PATCH', '/v0/registries/busy', {
      token: world.acme.admin,
      body: { visibility: 'public' },
    });
    expect(answer.status).toBe(200);
  });

  it('asks to try its deletion again instead of waiting for ever, and nothing is deleted', async () => {
    const answer = await world.call('DELETE', '/v0/registries/busy?force=true', { token: world.acme.admin });
    expect([answer.status, answer.headers['retry-after']]).toEqual([503, '2']);
    await expect(world.call('GET', '/v0/registries/busy', { token: world.acme.admin })).resolves.toMatchObject({
      status: 200,
    });
    const rows = await world.db.query(`select 1 from audit_log where action = 'registry.delete'`);
    expect(rows).toHaveLength(0);
  });
});
