import { Quotas } from '@portolan/access';
import { PublishVersion } from '@portolan/catalogue';
import { OrgDb } from '@portolan/db';
import { systemCtx } from '@portolan/kernel';
import { CURRENT_SCHEMA_URL, parseServerJson } from '@portolan/mcp-spec';
import { Client } from 'pg';
import { aWorld, type World } from '../support/world';

const VERSIONS = 60_000;

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Index Cond'?: string;
  readonly Plans?: readonly Plan[];
}

/** What has to lead to the rows of each table: an index and the columns that it is asked for. */
const KEYS: Readonly<Record<string, { readonly index: RegExp; readonly columns: readonly string[] }>> = {
  server_version: { index: /^server_version_(pkey|latest_key)$/, columns: ['registry_id', 'name'] },
  remote_url_claim: { index: /^remote_url_claim_pkey$/, columns: ['registry_id', 'url_hash'] },
  // An organization has few.
  registry: { index: /^registry_(pkey|org_key|name_key)$/, columns: [] },
  organization: { index: /^organization_pkey$/, columns: ['id'] },
};

/** Guarantees of the plans that connections make once and keep, whenever that was. */
describe('Plans of a publication', () => {
  let world: World;
  let client: Client;
  let registryId: string;
  let scans: Plan[];
  let publications = 0;

  beforeAll(async () => {
    world = await aWorld();
    registryId = await world.aRegistry(world.acme, 'tools');
    client = new Client({ connectionString: world.db.appUrl, pipeline: true });
    await client.connect();
  });

  afterAll(async () => {
    await client.end();
    await world.close();
  });

  /** Publishes two versions of a server, and notes the plans of all that is prepared for that. */
  async function publish(): Promise<void> {
    scans = [];
    const plans: Promise<void>[] = [];
    const query = (statement: string | { text: string; values: unknown[] }) => {
      if (typeof statement === 'string') return client.query(statement);
      const { text, values } = statement;
      const planned = client.query<{ 'QUERY PLAN': [{ Plan: Plan }] }>(
        `explain (generic_plan, format json) ${text}`,
        values,
      );
      plans.push(
        planned.then(({ rows }) => void scans.push(...rows.flatMap((row) => scansOf(row['QUERY PLAN'][0].Plan)))),
      );
      return client.query(text, values);
    };
    const connection: unknown = Reflect.get(client, 'connection');
    const pool = { use: (work: (one: unknown) => Promise<unknown>) => work({ query, connection }) };
    const changes = { settled: () => Promise.resolve() };
    const db = new OrgDb(pool as never, changes as never, { readTimeoutMs: null });
    const service = new PublishVersion(db, world.app.get(Quotas));
    const name = `com.example/published-${++publications}`;
    for (const version of ['1.0.0', '1.0.1']) {
      const url = `https://${publications}.example.com/mcp`;
      const parsed = parseServerJson({
        $schema: CURRENT_SCHEMA_URL,
        name,
        description: 'One of many',
        version,
        remotes: [{ type: 'streamable-http', url }],
      });
      if (parsed.outcome !== 'parsed') throw new Error('the document is malformed');
      await service.execute(systemCtx(world.acme.id, 'test', 'r'), { registryId, ...parsed });
    }
    await Promise.all(plans);
  }

  function expectKeys(): void {
    expect(new Set(scans.map((scan) => scan['Relation Name']))).toEqual(new Set(Object.keys(KEYS)));
    for (const { 'Relation Name': table = '', 'Index Name': index, 'Index Cond': condition, ...scan } of scans) {
      const key = KEYS[table];
      expect(`${scan['Node Type']} of ${table}`).toMatch(/^Index (Only )?Scan of /);
      expect(index).toMatch(key?.index ?? '');
      for (const column of key?.columns ?? []) expect(condition).toMatch(new RegExp(`\\(${column} = `));
    }
  }

  it('look up rows by their keys in an empty registry that was never analysed', async () => {
    await publish();
    expectKeys();
  });

  it('look up rows by their keys when the tables were analysed while they were nearly empty', async () => {
    await world.db.query('analyze server_version, remote_url_claim, registry, organization, document');
    await publish();
    expectKeys();
  });

  it(`look up rows by their keys when ${VERSIONS} versions have come since`, async () => {
    await world.db.query(
      `insert into document select sha256('1'), '{}' on conflict do nothing;
       insert into server_version (org_id, registry_id, name, version, document_hash, status_changed_at, published_at,
                                   updated_at, is_latest)
       select '${world.acme.id}', '${registryId}', 'com.example/server-' || n / 3, '1.' || n % 3, sha256('1'), now(),
              now(), now(), n % 3 = 2
       from generate_series(0, ${VERSIONS - 1}) n;
       insert into remote_url_claim (org_id, registry_id, url_hash, name)
       select '${world.acme.id}', '${registryId}', sha256(n::text::bytea), 'com.example/server-' || n
       from generate_series(0, ${VERSIONS / 3 - 1}) n`,
    );
    await publish();
    expectKeys();
  });

  it('look up rows by their keys when those are analysed, too', async () => {
    await world.db.query('analyze server_version, remote_url_claim, registry, organization, document');
    await publish();
    expectKeys();
  });
});

function scansOf(plan: Plan): Plan[] {
  const below = (plan.Plans ?? []).flatMap(scansOf);
  return plan['Node Type'].includes('Scan') && plan['Relation Name'] !== undefined ? [plan, ...below] : below;
}
