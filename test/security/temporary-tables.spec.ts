import { Client } from 'pg';
import { testCluster } from '../support/cluster';
import { aWorld, type World } from '../support/world';

describe('Temporary tables', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  it('are what the application may make in a database that was migrated, and nobody else', async () => {
    const client = new Client({ connectionString: testCluster().superuserUrl.replace(/\/[^/]*$/, '/portolan') });
    await client.connect();
    try {
      const { rows } = await client.query<{ application: boolean; everybody: boolean }>(
        `select has_database_privilege($1, current_database(), 'temporary') as application,
                coalesce((select bool_or(a.privilege_type = 'TEMPORARY' and a.grantee = 0)
                          from pg_database d, aclexplode(d.datacl) a where d.datname = current_database()), true) as everybody`,
        [new URL(world.db.appUrl).username],
      );
      expect(rows).toEqual([{ application: true, everybody: false }]);
    } finally {
      await client.end();
    }
  });

  it('do not come before the real ones in functions of the owner', async () => {
    const id = await world.aRegistry(world.acme, 'real');
    const client = new Client({ connectionString: world.db.appUrl });
    await client.connect();
    try {
      await client.query('create temp table registry (id uuid, org_id uuid, name text, visibility text)');
      await client.query('create temp table organization (id uuid, name text, state text)');
      const { rows } = await client.query<{ name: string }>('select name from find_registry_by_id($1)', [id]);
      expect(rows).toEqual([{ name: 'real' }]);
    } finally {
      await client.end();
    }
  });
});
