import { createHash } from 'node:crypto';
import { Client } from 'pg';
import { MirrorWorld, standings, type Mirrored } from '../support/mirror-world';
import { until } from '../support/until';
import type { UpstreamRow } from '../support/upstream';

const OFFICIAL = 'io.modelcontextprotocol.registry/official';
const UNLIMITED = '100000/1000000';
const VERSIONS = 95;
const READERS = 4;
const STATES = 6;

/** All of the upstream as it is at its nth state: each version says so. */
function stateOf(rows: readonly UpstreamRow[], n: number): UpstreamRow[] {
  const updatedAt = new Date(Date.now() + n).toISOString();
  return rows.map((row) => {
    const official = row._meta?.[OFFICIAL];
    if (official === undefined) throw new Error('the upstream tells nothing of a version');
    const changed = { ...official, status: 'deprecated' as const, statusMessage: `state ${n}`, updatedAt };
    return { ...row, _meta: { ...row._meta, [OFFICIAL]: changed } };
  });
}

describe('Readers of a registry that a run is applied to', () => {
  let mirrors: MirrorWorld;
  let mirror: Mirrored;
  let rows: readonly UpstreamRow[];

  beforeAll(async () => {
    mirrors = await MirrorWorld.open({ RATE_LIMIT_READ: UNLIMITED });
    const { upstream, world } = mirrors;
    await upstream.generate({ versions: VERSIONS, seed: 11 });
    rows = await upstream.entries();
    await world.publish(world.globex, await named('untouched'), {
      name: 'com.example/own',
      description: 'Own',
      version: '1.0.0',
    });
    mirror = await mirrors.aMirror(world.acme, { registry: await namedIn(world.acme, 'untouched') });
    await mirrors.startWorker();
    await mirrors.upstream.load(stateOf(rows, 0));
    expect(await mirrors.run(mirror)).toMatchObject({ state: 'succeeded' });
  });

  afterAll(() => mirrors.close());

  async function namedIn(organization: MirrorWorld['world']['acme'], name: string): Promise<string> {
    await mirrors.world.aRegistry(organization, name);
    return name;
  }
  const named = (name: string) => namedIn(mirrors.world.globex, name);

  const page = async (organization = mirrors.world.acme) => {
    const path = '/registries/untouched/v0.1/servers?limit=100&include_deleted=true';
    const answer = await mirrors.world.call('GET', path, { token: organization.admin });
    return { hash: createHash('sha256').update(answer.text).digest('hex'), text: answer.text };
  };
  const messages = (text: string) => [...new Set(text.match(/"statusMessage":"[^"]*"/g))];

  it('see it before or after, and never anything between', async () => {
    const versions = (await mirrors.shown(mirror)).length;
    expect(versions).toBeGreaterThan(VERSIONS / 2);
    const seen = new Map<string, Set<string>>();
    const foreign = new Set<string>();
    let reads = 0;
    let isOver = false;
    const reader = async () => {
      while (!isOver) {
        const { hash, text } = await page();
        const found = messages(text);
        expect(found).toHaveLength(1);
        const hashes = seen.get(found[0] ?? '') ?? new Set();
        seen.set(found[0] ?? '', hashes.add(hash));
        foreign.add((await page(mirrors.world.globex)).hash);
        reads += 1;
      }
    };
    const readers = Promise.all(Array.from({ length: READERS }, reader));
    const changes = async () => {
      for (let n = 1; n < STATES; n += 1) {
        await mirrors.upstream.load(stateOf(rows, n));
        const mode = n % 2 === 0 ? 'full' : 'incremental';
        const run = await mirrors.run(mirror, { mode });
        expect(run).toMatchObject({ state: 'succeeded', applied_mode: mode, counts: { changed: versions } });
        const before = reads;
        await until('all readers have come round', () => reads > before + READERS);
      }
    };
    await Promise.race([changes(), readers]).finally(() => {
      isOver = true;
    });
    await readers;
    // Each state has been read, and was the same for everybody.
    expect([...seen.keys()].sort()).toEqual(Array.from({ length: STATES }, (_, n) => `"statusMessage":"state ${n}"`));
    for (const hashes of seen.values()) expect(hashes.size).toBe(1);
    expect(foreign.size).toBe(1);
  });

  it('see the old state until the last moment of the run', async () => {
    const before = await page();
    const old = standings(await mirrors.shown(mirror));
    const [first, ...others] = stateOf(rows, STATES);
    await mirrors.upstream.load([
      { ...first, server: { ...first?.server, name: 'com.example/added', version: '1.0.0' } },
      ...others,
    ]);
    // The registry is written last of all: by then all versions are.
    const blocker = new Client({ connectionString: mirrors.world.db.superuserUrl });
    await blocker.connect();
    let asked: string;
    try {
      await blocker.query('begin');
      await blocker.query(`select from registry where name = 'untouched' and org_id = $1 for no key update`, [
        mirrors.world.acme.id,
      ]);
      asked = await mirrors.ask(mirror, { mode: 'full' });
      await until('the run waits for the registry', async () => {
        const waiting = await mirrors.world.db.query(
          `select from pg_stat_activity where application_name = 'portolan-worker' and wait_event_type = 'Lock'
           and query ~ 'update registry r' and datname = current_database()`,
        );
        return waiting.length === 1;
      });
      expect(await page()).toEqual(before);
      expect(standings(await mirrors.shown(mirror))).toEqual(old);
    } finally {
      await blocker.end();
    }
    expect(await mirrors.ended(mirror, asked)).toMatchObject({ state: 'succeeded', counts: { new: 1, tombstoned: 1 } });
    const after = await page();
    expect(messages(after.text)).toContain(`"statusMessage":"state ${STATES}"`);
    expect(standings(await mirrors.shown(mirror))).toContain('com.example/added@1.0.0 deprecated latest');
  });

  it('go on reading the last good data while the upstream is down, and are told how old they are', async () => {
    const before = await page();
    const asOf = async () => {
      const answer = await mirrors.world.call('GET', '/v0/registries/untouched', { token: mirrors.world.acme.admin });
      return answer.json<{ mirrored_data_as_of: string }>().mirrored_data_as_of;
    };
    const good = await asOf();
    expect(good).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
    await mirrors.upstream.fault('status', { code: 503 });
    const asked = await mirrors.ask(mirror);
    await until('the upstream has failed', async () => {
      const { state, error } = await mirrors.get(mirror, asked);
      return state === 'waiting' && error?.code === 'server_error';
    });
    expect(await page()).toEqual(before);
    expect(await asOf()).toBe(good);
    await mirrors.upstream.fault(null);
    expect(await mirrors.ended(mirror, asked)).toMatchObject({ state: 'succeeded' });
    expect((await asOf()) > good).toBe(true);
  });
});
