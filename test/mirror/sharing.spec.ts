import { MirrorWorld, standings, type Mirrored, type Run } from '../support/mirror-world';
import { until } from '../support/until';
import type { Organization } from '../support/world';

const REGISTRIES_EACH = 3;
const VERSIONS = 250;
const NOBODY = '00000000-0000-0000-0000-000000000000';

describe('An upstream without credentials', () => {
  let mirrors: MirrorWorld;
  let organizations: readonly Organization[];
  const all: Mirrored[] = [];

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    const { upstream, world } = mirrors;
    organizations = [world.acme, world.globex, await world.anOrganization('third')];
    await upstream.generate({ versions: VERSIONS, seed: 3 });
    for (const organization of organizations) {
      const upstreamId = await mirrors.anUpstream(organization);
      for (let i = 0; i < REGISTRIES_EACH; i += 1)
        all.push(await mirrors.aMirror(organization, { upstreamId, schedule: '1h' }));
    }
  });

  afterAll(() => mirrors.close());

  const runsOf = async ({ organization, path }: Mirrored) => {
    const answer = await mirrors.world.call('GET', `${path}/runs`, { token: organization.admin });
    return answer.json<{ data: Run[] }>().data;
  };
  const settled = async (mirror: Mirrored, runs: number) => {
    const found = await runsOf(mirror);
    return found.length === runs && found.every(({ state }) => state === 'succeeded');
  };
  const allSettled = (runs: number) =>
    until(`each mirror has ${runs} runs behind it`, async () => {
      for (const mirror of all) if (!(await settled(mirror, runs))) return false;
      return true;
    });
  const count = async (text: string) => {
    const [row] = await mirrors.world.db.query<{ count: number }>(`select count(*)::integer as count from ${text}`);
    return row?.count;
  };
  const documents = async () => {
    const entries = await mirrors.upstream.entries();
    return new Set(entries.map(({ server }) => JSON.stringify(server))).size;
  };
  /** Where somebody began to read the list, be it all of it or what has changed. */
  const crawls = async (kind: 'full' | 'incremental') => {
    const queries = (await mirrors.upstream.requests()).map(({ query }) => new URLSearchParams(query));
    return queries.filter(
      (query) =>
        query.get('limit') === '100' && !query.has('cursor') && query.has('updated_since') === (kind === 'incremental'),
    ).length;
  };

  it('is read once for all registries of all organizations whose mirrors are due', async () => {
    await mirrors.startWorker();
    await allSettled(1);
    expect(await crawls('full')).toBe(1);
    const [first, ...others] = await Promise.all(all.map((mirror) => mirrors.shown(mirror)));
    expect(first?.length).toBeGreaterThan(VERSIONS - 10);
    for (const other of others) expect(standings(other)).toEqual(standings(first ?? []));
  });

  it('is stored once, whatever the number of registries', async () => {
    expect(await count('source where upstream_id is null and head > 0')).toBe(1);
    expect(await count(`source_version where org_id <> '${NOBODY}'`)).toBe(0);
    expect(await count('source_version')).toBe(await mirrors.upstream.count());
    expect(await count('crawl_item')).toBe(0);
    // What is quarantined is stored as its fault, and without its document.
    const quarantined = await count('source_version where fault is not null');
    expect(await count('document')).toBe((await documents()) - (quarantined ?? 0));
  });

  it('is read once more for news that one of them asks for, and all others follow', async () => {
    const { upstream } = mirrors;
    await upstream.publish({ name: 'com.example/news', description: 'News', version: '1.0.0' });
    await upstream.clearRequests();
    const [asking, ...others] = all as [Mirrored, ...Mirrored[]];
    await mirrors.run(asking);
    await allSettled(2);
    expect(await crawls('full')).toBe(0);
    expect(await crawls('incremental')).toBe(1);
    for (const mirror of others) {
      const [run] = await runsOf(mirror);
      expect(run).toMatchObject({ trigger: 'upstream', counts: { new: 1 } });
      expect(standings(await mirrors.shown(mirror))).toContain('com.example/news@1.0.0 active latest');
    }
  });

  it('asks nothing of the others when there are no news', async () => {
    const [asking, ...others] = all as [Mirrored, ...Mirrored[]];
    await mirrors.upstream.clearRequests();
    await mirrors.run(asking);
    expect(await mirrors.upstream.requests()).toHaveLength(1);
    for (const mirror of others) expect(await runsOf(mirror)).toHaveLength(2);
  });

  it('answers a run on request with what was read after the request', async () => {
    const { upstream } = mirrors;
    for (const version of ['1.1.0', '1.2.0', '1.3.0']) {
      const [asking] = all as [Mirrored];
      await upstream.publish({ name: 'com.example/news', description: 'News', version });
      await mirrors.run(asking);
      expect(standings(await mirrors.shown(asking))).toContain(`com.example/news@${version} active latest`);
    }
  });
});
