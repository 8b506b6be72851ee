import { Client } from 'pg';
import { until } from '../support/until';
import { aWorld, type World } from '../support/world';

const HEAVY = ['page[size]=101', 'filter[kind]=change&filter[result]=success', 'filter[principal]=nobody'];
const LIGHT = [
  'page[size]=100',
  'filter[kind]=change',
  'filter[principal]=11111111-1111-4111-8111-111111111111',
  'filter[occurred_at][gte]=2020-01-01T00:00:00Z&filter[registry]=tools',
];

describe('Heavy pages of the audit trail', () => {
  let world: World;

  const pageOf = (path: string, query: string, token = world.acme.admin) =>
    world.call('GET', `${path}?${query}`, { token });
  const page = (query: string, token?: string) => pageOf('/v0/audit-logs', query, token);

  beforeAll(async () => {
    world = await aWorld();
    await world.aRegistry(world.acme, 'tools');
  });

  afterAll(() => world.close());

  describe('are limited as searches are', () => {
    const limits = (of: object) =>
      world.db.query('update organization set rate_limits = $2 where id = $1', [world.acme.id, JSON.stringify(of)]);
    const OF_REGISTRY = '/v0/registries/tools/audit-logs';

    // What the buckets of this organization have left is another matter: the others take another organization.
    afterAll(() => limits({}));

    it('and others as reads are', async () => {
      await limits({ search: { per_second: 0.0001, burst: 2 } });
      const statuses: number[] = [];
      for (const query of HEAVY) statuses.push((await page(query)).status);
      expect(statuses).toEqual([200, 200, 429]);
      for (const [path, query] of [
        ['/v0/audit-logs', 'page[size]=101'],
        [OF_REGISTRY, 'filter[kind]=change'],
        [OF_REGISTRY, 'page[size]=1000'],
      ] as const)
        expect((await pageOf(path, query)).headers['ratelimit-policy']).toMatch(/^"search"/);
      for (const query of LIGHT) expect((await page(query)).status).toBe(200);
      expect((await pageOf(OF_REGISTRY, 'page[size]=100')).status).toBe(200);
      expect((await page('page[size]=x')).status).toBe(400);
    });
  });

  it('are read two at a time in an organization: fifty more wait without a connection, and the next is refused', async () => {
    const holder = new Client({ connectionString: world.db.superuserUrl });
    await holder.connect();
    const waiting = async () => {
      const [row] = await world.db.query<{ count: number }>(
        `select count(*)::integer as count from pg_locks where not granted and relation = 'audit_personal'::regclass`,
      );
      return row?.count;
    };
    try {
      await holder.query('begin; lock table audit_personal in access exclusive mode');
      const statuses: number[] = [];
      const all = Array.from({ length: 53 }, () =>
        page('page[size]=1000', world.globex.admin).then((answer) => {
          statuses.push(answer.status);
          return answer;
        }),
      );
      await until('one is refused', () => statuses.length > 0);
      await until('two are read', async () => (await waiting()) === 2);
      expect(statuses).toEqual([429]);
      // What another organization reads, and what is no heavy page, finds a connection.
      expect((await world.call('GET', '/v0/registries', { token: world.globex.admin })).status).toBe(200);
      const other = page('page[size]=1000');
      await until('another organization reads', async () => (await waiting()) === 3);
      await holder.query('rollback');
      const answers = await Promise.all(all);
      expect(statuses.filter((status) => status === 200)).toHaveLength(52);
      expect((await other).status).toBe(200);
      const refused = answers.find(({ status }) => status === 429);
      expect(refused?.json().type).toBe('urn:portolan:error:rate_limited');
      expect(Number(refused?.headers['retry-after'])).toBeGreaterThan(0);
    } finally {
      await holder.end();
    }
  });
});
