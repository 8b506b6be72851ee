import { aServer, aWorld, type World } from '../../support/world';

const VERSIONS = 9;
const ANSWER_BYTES_MAX = 6_000_000;
const NAME = 'com.example/large';

interface List {
  readonly servers: readonly { readonly server: { readonly version: string } }[];
  readonly metadata: { readonly nextCursor?: string; readonly count: number };
}

describe('versions of nearly 1 MiB each', () => {
  let world: World;
  const path = '/registries/large/v0.1/servers';
  const numbers = Array.from({ length: VERSIONS }, (_, index) => `1.0.${index}`);
  const get = (rest: string) => world.call('GET', `${path}${rest}`, { token: world.acme.admin });

  beforeAll(async () => {
    world = await aWorld();
    for (const organization of [world.acme, world.globex]) await world.aRegistry(organization, 'large');
    for (const version of numbers)
      await world.publish(
        world.acme,
        'large',
        aServer({ name: NAME, version, _meta: { 'com.example/blob': `${version} ${'x'.repeat(1_000_000)}` } }),
      );
  });

  afterAll(() => world.close());

  it.each(['', '&version=latest', '&search=large', '&updated_since=2020-01-01T00:00:00Z'])(
    'come in pages that stay small, each once: limit=100%s',
    async (filter) => {
      const seen: string[] = [];
      let cursor = '';
      do {
        const answer = await get(`?limit=100${filter}${cursor}`);
        expect(answer.text.length).toBeLessThan(ANSWER_BYTES_MAX);
        const { servers, metadata } = answer.json<List>();
        expect(servers.length).toBeGreaterThan(0);
        expect(metadata.count).toBe(servers.length);
        seen.push(...servers.map(({ server }) => server.version));
        cursor = metadata.nextCursor === undefined ? '' : `&cursor=${metadata.nextCursor}`;
      } while (cursor !== '');
      expect(seen).toEqual(filter === '&version=latest' ? [numbers.at(-1)] : numbers);
    },
  );

  it('come all at once where the client cannot page', async () => {
    const answer = await get(`/${encodeURIComponent(NAME)}/versions`);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    const { servers, metadata } = answer.json<List>();
    expect(metadata).toEqual({ count: VERSIONS });
    expect(servers.map(({ server }) => server.version)).toEqual([...numbers].reverse());
  });

  it('come all at once after a change of all their statuses', async () => {
    const answer = await world.call('PATCH', `${path}/${encodeURIComponent(NAME)}/status`, {
      token: world.acme.admin,
      body: { status: 'deprecated' },
    });
    expect(answer.status).toBe(200);
    const { updatedCount, servers } = answer.json<List & { updatedCount: number }>();
    expect(updatedCount).toBe(VERSIONS);
    expect(servers.map(({ server }) => server.version)).toEqual([...numbers].reverse());
  });
});
