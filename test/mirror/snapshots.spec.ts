import { isDeepStrictEqual } from 'node:util';
import { MirrorWorld, type Mirrored, type Run, type Shown } from '../support/mirror-world';
import type { OfficialMeta, UpstreamRow } from '../support/upstream';

const OFFICIAL = 'io.modelcontextprotocol.registry/official';

type Rows = ReadonlyMap<string, UpstreamRow>;

const keyOf = ({ server }: Pick<UpstreamRow, 'server'>) => `${String(server['name'])}@${String(server['version'])}`;
const byKey = (rows: readonly UpstreamRow[]): Rows => new Map(rows.map((row) => [keyOf(row), row]));

function officialOf({ _meta }: UpstreamRow): OfficialMeta {
  const official = _meta?.[OFFICIAL];
  if (official === undefined) throw new Error('the upstream tells nothing of a version');
  return official;
}

/** What the upstream lists of a version, but for what is worked out here. */
function told({ server, _meta }: UpstreamRow): unknown {
  const { status, statusMessage = null, publishedAt } = officialOf({ server, ...(_meta && { _meta }) });
  return { server, status, statusMessage, publishedAt };
}

function shownAs({ server, _meta }: Shown): unknown {
  const { status, statusMessage = null, publishedAt } = _meta[OFFICIAL];
  return { server, status, statusMessage, publishedAt };
}

/** What has to be done to get from one day to the next. */
function difference(before: Rows, now: Rows) {
  const counts = { new: 0, changed: 0, tombstoned: 0, removed: 0, conflicts: 0, filtered: 0 };
  for (const [key, row] of now) {
    const old = before.get(key);
    if (old === undefined) counts.new += 1;
    else if (isDeepStrictEqual(updatedOf(old), updatedOf(row))) continue;
    else if (officialOf(row).status === 'deleted' && officialOf(old).status !== 'deleted') counts.tombstoned += 1;
    else counts.changed += 1;
  }
  return counts;
}

const updatedOf = (row: UpstreamRow) => [told(row), officialOf(row).updatedAt];

describe.each(['incremental', 'full'] as const)('Snapshots of an upstream that are followed by %s runs', (mode) => {
  let mirrors: MirrorWorld;
  let mirror: Mirrored;
  let days: readonly (readonly UpstreamRow[])[];

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    days = await mirrors.upstream.snapshots({ names: 90 });
    const { acme, globex } = mirrors.world;
    await mirrors.world.aRegistry(acme, 'followed');
    await mirrors.world.aRegistry(globex, 'followed');
    mirror = await mirrors.aMirror(globex, { registry: 'followed' });
    await mirrors.startWorker();
  });

  afterAll(() => mirrors.close());

  /** What an upstream should not do to a version is held, and an administrator lets it pass. */
  const runReleased = async (): Promise<Run> => {
    const run = await mirrors.run(mirror, { mode });
    if (run.state !== 'held') return run;
    const guards = run.reasons.map(({ guard }) => guard);
    expect(['content_changed', 'undeleted']).toEqual(expect.arrayContaining(guards));
    await mirrors.decide(mirror, run.id, 'release');
    return mirrors.ended(mirror, run.id);
  };

  it.each([0, 1, 2])('make the mirror equal to day %i', async (day) => {
    const rows = days[day] ?? [];
    await mirrors.upstream.load(rows);
    const run = await runReleased();
    expect(run).toMatchObject({ state: 'succeeded', error: null, applied_mode: day === 0 ? 'full' : mode });

    const shown = await mirrors.shown(mirror);
    const isShown = new Set(shown.map(keyOf));
    const [now, before] = [rows, days[day - 1] ?? []].map((of) => byKey(of.filter((row) => isShown.has(keyOf(row)))));
    if (now === undefined || before === undefined) throw new Error('there is no such day');
    expect(new Map(shown.map((one) => [keyOf(one), shownAs(one)]))).toEqual(
      new Map([...now].map(([key, row]) => [key, told(row)])),
    );
    expect(run.counts).toMatchObject(difference(before, now));

    // Names that break the rules of today are set aside whole; no others are.
    const setAside = rows.filter((row) => !isShown.has(keyOf(row)));
    expect(new Set(setAside.map(({ server }) => server['name'])).size).toBe(2);
    if (mode === 'full' || day === 0) expect(run.counts['quarantined']).toBe(setAside.length);

    const latest = shown.filter(({ _meta }) => _meta[OFFICIAL].isLatest);
    const names = new Set(shown.map(({ server }) => server.name));
    expect(latest.map(({ server }) => server.name)).toEqual([...names]);
    const theirs = [...now.values()].filter((row) => officialOf(row).isLatest && officialOf(row).status !== 'deleted');
    expect(theirs.length).toBeGreaterThan(names.size / 2);
    expect(latest.map(keyOf)).toEqual(expect.arrayContaining(theirs.map(keyOf)));
  });

  it('show nothing to an organization that does not follow them', async () => {
    expect(await mirrors.shown({ organization: mirrors.world.acme, registry: 'followed' })).toEqual([]);
  });
});
