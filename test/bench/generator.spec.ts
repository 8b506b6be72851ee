import * as rules from '@portolan/mcp-spec';
import { Client } from 'pg';
import { expectAnswers, load } from '../../bench/lib/load.mjs';
import { Filler } from '../../bench/lib/fill.mjs';
import { COMMON, manyVersions, missingOf, nameOf, ownerOf, VERSIONS } from '../../bench/lib/many.mjs';
import { officialVersions } from '../../bench/lib/versions.mjs';
import { aWorld, type Organization, type World } from '../support/world';

interface Listed {
  readonly server: { readonly name: string; readonly version: string };
  readonly _meta: Record<string, { readonly status: string; readonly isLatest: boolean }>;
}

const OFFICIAL = 'io.modelcontextprotocol.registry/official';
const VERSIONS_MADE = 90;
const GROWN = 10 * VERSIONS.length;

describe('A registry of the benchmark', () => {
  let world: World;
  let client: Client;
  let filler: Filler;

  beforeAll(async () => {
    world = await aWorld();
    client = new Client({ connectionString: world.db.superuserUrl });
    await client.connect();
    filler = new Filler(client);
  });

  afterAll(async () => {
    await client.end();
    await world.close();
  });

  const get = async (organization: Organization, path: string) =>
    (await world.call('GET', path, { token: organization.admin })).json();

  const list = async (organization: Organization, registry: string, query = '') => {
    const found: Listed[] = [];
    for (let cursor = ''; ;) {
      const path = `/registries/${registry}/v0.1/servers?limit=50${query}${cursor}`;
      const page = (await get(organization, path)) as { servers: Listed[]; metadata: { nextCursor?: string } };
      found.push(...page.servers);
      if (page.metadata.nextCursor === undefined) return found;
      cursor = `&cursor=${encodeURIComponent(page.metadata.nextCursor)}`;
    }
  };

  // Times differ: what is published here is published now.
  const said = (rows: readonly Listed[]) =>
    rows.map(({ server, _meta }) => ({ server, status: _meta[OFFICIAL]?.status, isLatest: _meta[OFFICIAL]?.isLatest }));

  const fill = async (organization: Organization, registry: string) => {
    const id = await world.aRegistry(organization, registry);
    await filler.publishStaged([{ orgId: organization.id, id }]);
  };

  const publishAll = async (registry: string, documents: readonly string[]) => {
    await world.aRegistry(world.acme, registry);
    for (const text of documents)
      await world.publish(world.acme, registry, JSON.parse(text) as Record<string, unknown>);
  };

  it('answers like one whose versions were published', async () => {
    const versions = officialVersions(VERSIONS_MADE, undefined, rules);
    await filler.stageVersions(versions);
    await fill(world.acme, 'generated');
    const inTime = [...versions].sort((a, b) => (a.publishedAt < b.publishedAt ? -1 : 1));
    await publishAll(
      'published',
      inTime.map((one) => one.text),
    );
    const generated = await list(world.acme, 'generated');
    expect(generated).toHaveLength(versions.length);
    expect(said(generated)).toEqual(said(await list(world.acme, 'published')));
    const latest = await list(world.acme, 'generated', '&version=latest');
    expect(said(latest)).toEqual(said(await list(world.acme, 'published', '&version=latest')));
    expect(latest).toHaveLength(new Set(versions.map((one) => one.name)).size);
    const word = versions[0]?.name.split('/')[1] ?? '';
    const found = await list(world.acme, 'generated', `&search=${word.toUpperCase()}`);
    expect(found.length).toBeGreaterThan(0);
    expect(said(found)).toEqual(said(await list(world.acme, 'published', `&search=${word}`)));
    const counts = await world.db.query<Record<string, unknown>>(
      `select version_count, server_count,
              (select count(*) from remote_url_claim c where c.registry_id = r.id) as claims
       from registry r where name in ('generated', 'published')`,
    );
    expect(counts[0]).toEqual(counts[1]);
  });

  it('grows, and holds what its numbers say', async () => {
    const id = await world.aRegistry(world.acme, 'many');
    for (const from of [0, GROWN]) {
      const { select, values } = manyVersions(from, from + GROWN);
      await filler.stageSelect(select, values);
      await filler.publishStaged([{ orgId: world.acme.id, id }]);
    }
    const grown = await list(world.acme, 'many');
    const names = Array.from({ length: (2 * GROWN) / VERSIONS.length }, (_, server) => nameOf(server));
    expect(new Set(grown.map(({ server }) => server.name))).toEqual(new Set(names));
    const texts = await world.db.query<{ body: string }>(
      `select d.body from server_version v join document d on d.hash = v.document_hash
       where v.registry_id = $1 order by v.published_at`,
      [id],
    );
    await publishAll(
      'many-published',
      texts.map(({ body }) => body),
    );
    expect(said(grown)).toEqual(said(await list(world.acme, 'many-published')));
    const hits = async (text: string) =>
      (await list(world.acme, 'many', `&search=${encodeURIComponent(text)}`)).map(({ server }) => server.name);
    expect(new Set(await hits(`${ownerOf(3)}/`))).toEqual(new Set([nameOf(3)]));
    expect(await hits(missingOf(3))).toEqual([]);
    expect((await hits(COMMON)).length).toBe(grown.filter(({ server }) => server.name.includes(COMMON)).length);
  });

  it('shares its documents with the registries of other organizations', async () => {
    await filler.stageVersions(officialVersions(VERSIONS_MADE, undefined, rules));
    const places = await Promise.all(
      [world.acme, world.globex].map(async (organization) => ({
        orgId: organization.id,
        id: await world.aRegistry(organization, 'shared'),
      })),
    );
    await filler.publishStaged(places);
    const [ours, theirs] = await Promise.all([list(world.acme, 'shared'), list(world.globex, 'shared')]);
    expect(ours).toEqual(theirs);
    expect(ours.length).toBeGreaterThan(0);
  });

  it('is asked for each page once, and errors are no answers', async () => {
    await world.aRegistry(world.globex, 'asked');
    const headers = { authorization: `Bearer ${world.globex.admin}` };
    const paths = ['/registries/asked/v0.1/servers', '/registries/none/v0.1/servers'];
    const job = (path: string) => ({
      url: world.url,
      requests: Array.from({ length: 10 }, (_, index) => ({ path: `${path}?limit=${1 + index}`, headers })),
      connections: 4,
      seconds: 60,
      once: true,
    });
    const [good, bad] = [
      await load(job(paths[0] ?? ''), new AbortController().signal),
      await load(job(paths[1] ?? ''), new AbortController().signal),
    ];
    expect(good).toMatchObject({ requests: 10, statuses: { 200: 10 }, failures: 0 });
    expectAnswers('good', good);
    expect(() => {
      expectAnswers('bad', bad);
    }).toThrow('404');
  });
});
