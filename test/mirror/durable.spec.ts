import { MirrorWorld, type Mirrored, type Shown } from '../support/mirror-world';
import { until } from '../support/until';
import { WorkerProcess } from './worker-process';

const OFFICIAL = 'io.modelcontextprotocol.registry/official';
const VERSIONS = 600;
const ROUNDS = 3;
const KILLS_EACH = 2;

/** What two registries have in common that follow the same upstream. */
function comparable(shown: readonly Shown[]): unknown[] {
  return shown.map(({ server, _meta }) => {
    const { 'dev.portolan/origin': _, [OFFICIAL]: official, ...meta } = _meta;
    // When something vanished nobody has told, so each has its own time for it.
    const { statusChangedAt: __, ...told } = official;
    return { server, meta, official: { ...(official.status === 'deleted' ? told : official), updatedAt: null } };
  });
}

describe('A run whose worker is killed again and again', () => {
  let mirrors: MirrorWorld;
  /** Its runs are left alone. */
  let undisturbed: Mirrored;
  let disturbed: Mirrored;
  let worker: WorkerProcess;
  let kills = 0;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    const { upstream, world } = mirrors;
    await upstream.generate({ versions: VERSIONS, seed: 17 });
    undisturbed = await mirrors.aMirror(world.globex, { registry: await named(world.globex) });
    // With a copy of its own, which nobody else reads for it.
    const upstreamId = await mirrors.anUpstream(world.acme, { headers: { 'X-Own': 'copy' } });
    disturbed = await mirrors.aMirror(world.acme, { registry: await named(world.acme), upstreamId });
    worker = await WorkerProcess.start(world);
  });

  afterAll(async () => {
    await worker.stop();
    await mirrors.close();
  });

  async function named(organization: MirrorWorld['world']['acme']): Promise<string> {
    await mirrors.world.aRegistry(organization, 'followed');
    return 'followed';
  }

  /** Bytes that were ever written to this database cluster: how far a run has come shows in them at once. */
  const written = async () => {
    const [row] = await mirrors.world.db.query<{ bytes: number }>(
      `select (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::float8 as bytes`,
    );
    return row?.bytes ?? 0;
  };

  const killed = async () => {
    await worker.kill();
    kills += 1;
    // What a dead worker leaves behind, once its 15 seconds are over.
    const past = `lease_until = now() - interval '1 second'`;
    await mirrors.world.db.query(`update mirror_run set ${past} where state = 'running'`);
    await mirrors.world.db.query(`update source set ${past} where lease_until is not null`);
    worker = await WorkerProcess.start(mirrors.world);
  };

  /** A run during which the worker is killed each time that a part of the whole is written, whatever it is at then. */
  const runKilled = async (mode: string, whole: number) => {
    const id = await mirrors.ask(disturbed, { mode });
    const isOver = async () => !['waiting', 'running'].includes((await mirrors.get(disturbed, id)).state);
    for (let times = 0; times < KILLS_EACH; times += 1) {
      const end = (await written()) + Math.random() * 0.5 * whole;
      await until('the worker has come so far', async () => (await written()) >= end || (await isOver()));
      if (await isOver()) break;
      await killed();
    }
    return mirrors.ended(disturbed, id);
  };

  /** Of a registry in use: some versions are deprecated, some deleted, some vanish, and some are new. */
  const change = async (round: number) => {
    const { upstream } = mirrors;
    const live = (await upstream.entries()).filter((row) => row._meta?.[OFFICIAL]?.status !== 'deleted');
    for (const [i, { server }] of live.filter((_, index) => index % 12 === round % 12).entries()) {
      const { name, version } = server as { name: string; version: string };
      if (i % 12 === 0) await upstream.setStatus(name, version, 'deleted', 'Gone');
      else if (i % 12 === 1) await upstream.remove(name, version);
      else await upstream.setStatus(name, version, 'deprecated', `Since round ${round}`);
      if (i % 3 === 0) await upstream.publish({ ...server, version: `${100 + round}.0.${i}` });
    }
  };

  it('comes to the same end as one that nobody disturbs, each time', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      if (round > 0) await change(round);
      const mode = round % 2 === 0 ? 'full' : 'incremental';
      const before = await written();
      const expected = await mirrors.run(undisturbed, { mode });
      expect(expected).toMatchObject({ state: 'succeeded', error: null });
      const run = await runKilled(mode, (await written()) - before);
      expect(run).toMatchObject({ state: 'succeeded', error: null, applied_mode: expected.applied_mode });
      const { fetched: _, ...counts } = expected.counts;
      expect(run.counts).toMatchObject(counts);
      const shown = comparable(await mirrors.shown(disturbed));
      expect(shown).toEqual(comparable(await mirrors.shown(undisturbed)));
      expect(shown.length).toBeGreaterThan(VERSIONS / 2);
    }
    expect(kills).toBeGreaterThanOrEqual(ROUNDS);
  }, 180_000);

  it('has done nothing twice, and lost nothing', async () => {
    const { db } = mirrors.world;
    expect(
      await db.query(`select count(*)::integer as applied, target_id from audit_log
                   where action = 'mirror.run.apply' group by target_id having count(*) <> 1`),
    ).toEqual([]);
    const counted = await db.query<Record<'versions' | 'servers', number>>(
      `select r.version_count::integer as versions, r.server_count::integer as servers from registry r
       union select count(*)::integer, count(distinct name)::integer from server_version group by registry_id`,
    );
    expect(counted).toHaveLength(1);
    expect(await db.query('select from crawl_item')).toEqual([]);
    expect(await db.query(`select from source where lease_id is not null`)).toEqual([]);
    expect(
      await db.query(`select name, version from source_version where to_crawl is null
                   group by source_id, name, version having count(*) <> 1`),
    ).toEqual([]);
    await until('no document is left that nobody points at', async () => {
      const left = await db.query(
        `select from document d
         where not exists (select from server_version v where v.document_hash = d.hash)
           and not exists (select from source_version s where s.document_hash = d.hash)`,
      );
      return left.length === 0;
    });
  });
});
