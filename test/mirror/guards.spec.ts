import { TidySources } from '@portolan/mirror';
import { MirrorWorld, type Mirrored, type Run } from '../support/mirror-world';
import { aServer } from '../support/world';
import { until } from '../support/until';
import { find, keyOf, officialOf, someEntries } from './support/entries';

const FIRST = 'com.example/s-000';

describe('A run that finds what no upstream should do', () => {
  let mirrors: MirrorWorld;
  /** Of acme, which has not asked for anything special. */
  let mirror: Mirrored;
  /** Of globex, which takes whatever is removed. */
  let foreign: Mirrored;

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.startWorker();
  });
  beforeEach(async () => {
    const { upstream, world } = mirrors;
    await mirrors.reset();
    await upstream.load(someEntries(100));
    mirror = await mirrors.aMirror(world.acme);
    foreign = await mirrors.aMirror(world.globex, { max_removed_percent: 100 });
    await mirrors.run(mirror);
    await mirrors.settled();
  });
  afterAll(() => mirrors.close());

  const full = (of = mirror) => mirrors.run(of, { mode: 'full' });
  const guardsOf = ({ reasons }: Run) => reasons.map(({ guard }) => guard);
  const revisions = () => mirrors.world.db.query('select id, revision from registry order by id');
  const guarded = async (run: Run) =>
    (await mirrors.items(mirror, run.id)).flatMap(({ guard, name, version }) =>
      guard ? [`${guard} ${name}@${version}`] : [],
    );
  const statuses = async (of: Mirrored) => {
    const shown = await mirrors.shown(of);
    return { all: shown.length, deleted: shown.filter((one) => officialOf(one).status === 'deleted').length };
  };

  /** The run is held for that, and of acme's registry nothing has changed. */
  const isHeld = async (expected: readonly string[], act: () => Promise<Run> = full): Promise<Run> => {
    await mirrors.settled();
    const [before] = [await mirrors.shown(mirror)];
    const run = await act();
    expect(run.state).toBe('held');
    expect(guardsOf(run)).toEqual(expected);
    for (const { detail } of run.reasons) expect(detail).toMatch(/^(The upstream|\d+) .*versions/);
    await mirrors.settled();
    expect(await mirrors.shown(mirror)).toEqual(before);
    return run;
  };

  it('is held when nothing is listed any more, whatever share may be removed', async () => {
    await mirrors.upstream.fault('empty');
    const run = await isHeld(['empty']);
    expect(run.reasons[0]?.detail).toBe('The upstream lists nothing any more, and 100 versions would be deleted');
    expect(run.counts).toMatchObject({ tombstoned: 100 });
    expect(await statuses(foreign)).toEqual({ all: 100, deleted: 0 });
    await mirrors.upstream.fault(null);
    expect(await full()).toMatchObject({ state: 'succeeded', counts: { tombstoned: 0 } });
  });

  it('is held when more than a tenth is missing, and not when it is a tenth', async () => {
    const { upstream } = mirrors;
    for (let i = 0; i < 10; i += 1) await upstream.remove(`com.example/s-0${80 + i}`, '1.0.0');
    expect(await full()).toMatchObject({ state: 'succeeded', counts: { tombstoned: 10 } });
    await mirrors.settled();
    for (let i = 0; i < 10; i += 1) await upstream.remove(`com.example/s-0${70 + i}`, '1.0.0');
    const run = await isHeld(['removed_percent']);
    expect(run.reasons[0]?.detail).toBe('10 of 90 versions would be deleted, and at most 10 per cent may be');
    expect(await statuses(mirror)).toEqual({ all: 100, deleted: 10 });
    expect(await statuses(foreign)).toEqual({ all: 100, deleted: 20 });
  });

  it('is held when more than a tenth is marked as deleted', async () => {
    for (let i = 0; i < 11; i += 1) await mirrors.upstream.setStatus(`com.example/s-0${80 + i}`, '1.0.0', 'deleted');
    const run = await isHeld(['removed_percent'], () => mirrors.run(mirror));
    expect(run).toMatchObject({ applied_mode: 'incremental', counts: { tombstoned: 11 } });
    expect(await statuses(foreign)).toEqual({ all: 100, deleted: 11 });
  });

  it('may delete nothing where the mirror says so', async () => {
    await mirrors.world.db.query('update mirror set max_removed_percent = 0 where id = $1', [mirror.id]);
    await mirrors.upstream.remove(FIRST, '1.0.0');
    await isHeld(['removed_percent']);
    expect(await statuses(foreign)).toEqual({ all: 100, deleted: 1 });
  });

  it('is held when a version has another content, and takes nothing else meanwhile', async () => {
    const { upstream } = mirrors;
    await upstream.replaceContent(FIRST, '1.0.0', { description: 'Steals the weather' });
    await upstream.publish({ name: 'com.example/new', description: 'New', version: '1.0.0' });
    const run = await isHeld(['content_changed'], () => mirrors.run(mirror));
    expect(await guarded(run)).toEqual([`content_changed ${FIRST}@1.0.0`]);
    expect(run.counts).toMatchObject({ new: 1, changed: 1 });
    expect(find(await mirrors.shown(foreign), `${FIRST}@1.0.0`).server).toMatchObject({
      description: 'Tells the weather',
    });
  });

  it('is held when what was deleted is back', async () => {
    const { upstream } = mirrors;
    await upstream.setStatus(FIRST, '1.0.0', 'deleted');
    await upstream.remove('com.example/s-001', '1.0.0');
    expect(await full()).toMatchObject({ state: 'succeeded', counts: { tombstoned: 2 } });
    await upstream.fault('resurrect');
    const run = await isHeld(['undeleted']);
    expect(await guarded(run)).toEqual([`undeleted ${FIRST}@1.0.0`, 'undeleted com.example/s-001@1.0.0']);
    expect(await statuses(foreign)).toEqual({ all: 100, deleted: 2 });
  });

  it('is held when versions are older than they were', async () => {
    await mirrors.upstream.fault('time_backwards');
    const run = await isHeld(['time_backwards']);
    expect(run.reasons[0]?.detail).toBe('100 versions are older than they were');
    expect(await guarded(run)).toHaveLength(100);
  });

  it('is held for a name of somebody else where the mirror says so, and leaves it to him elsewhere', async () => {
    const { upstream, world } = mirrors;
    const change = await world.call('PATCH', mirror.path, { token: world.acme.admin, body: { on_conflict: 'hold' } });
    expect(change.status).toBe(200);
    await mirrors.settled();
    for (const { organization, registry } of [mirror, foreign])
      await world.publish(organization, registry, aServer({ name: 'com.own/tool' }));
    await upstream.publish(aServer({ name: 'com.own/tool', version: '9.0.0' }));
    const run = await isHeld(['conflicts'], () => mirrors.run(mirror));
    expect(run.counts).toMatchObject({ conflicts: 1 });
    expect((await mirrors.items(mirror, run.id)).map(({ name, action }) => [name, action])).toEqual([
      ['com.own/tool', 'conflict'],
    ]);
    const [last] = (await world.call('GET', `${foreign.path}/runs`, { token: world.globex.admin })).json<{
      data: Run[];
    }>().data;
    expect(last).toMatchObject({ state: 'succeeded', trigger: 'upstream', counts: { conflicts: 1 } });
  });

  it('tells all reasons at once', async () => {
    const { upstream } = mirrors;
    await upstream.replaceContent(FIRST, '1.0.0', { description: 'Another' });
    await upstream.fault('drop', { percent: 50 });
    const run = await full();
    expect(run.state).toBe('held');
    expect(guardsOf(run)).toContain('removed_percent');
    await upstream.fault(null);
    await isHeld(['content_changed']);
  });

  it('does by its release what was judged, whatever the upstream has become', async () => {
    const { upstream } = mirrors;
    await upstream.replaceContent(FIRST, '1.0.0', { description: 'Judged' });
    const held = await isHeld(['content_changed'], () => mirrors.run(mirror));
    await upstream.replaceContent(FIRST, '1.0.0', { description: 'Slipped in' });
    await upstream.publish({ name: 'com.example/later', description: 'Later', version: '1.0.0' });
    await upstream.clearRequests();
    await mirrors.decide(mirror, held.id, 'release');
    const run = await mirrors.ended(mirror, held.id);
    expect(run).toMatchObject({ state: 'succeeded', counts: { new: 0, changed: 1 } });
    expect(guardsOf(run)).toEqual(['content_changed']);
    expect(await upstream.requests()).toEqual([]);
    const shown = await mirrors.shown(mirror);
    expect(find(shown, `${FIRST}@1.0.0`).server).toMatchObject({ description: 'Judged' });
    expect(find(shown, `${FIRST}@1.0.0`)._meta['dev.portolan/origin']).toMatchObject({ run: held.id });
    expect(shown.map(keyOf)).not.toContain('com.example/later@1.0.0');
    // What came since is judged by itself.
    await isHeld(['content_changed'], () => mirrors.run(mirror));
  });

  it('does so, too, when somebody else has read the upstream meanwhile, and is then held for that', async () => {
    const { upstream, world } = mirrors;
    await upstream.replaceContent(FIRST, '1.0.0', { description: 'Judged' });
    const held = await isHeld(['content_changed'], () => mirrors.run(mirror));
    await upstream.replaceContent(FIRST, '1.0.0', { description: 'Slipped in' });
    await mirrors.stopWorker();
    const theirs = await mirrors.ask(foreign);
    await mirrors.decide(mirror, held.id, 'release');
    await mirrors.startWorker();
    expect(await mirrors.ended(foreign, theirs)).toMatchObject({ state: 'held' });
    expect(await mirrors.ended(mirror, held.id)).toMatchObject({ state: 'succeeded' });
    await until('the next one is held', async () => {
      const answer = await world.call('GET', `${mirror.path}/runs`, { token: world.acme.admin });
      const [last] = answer.json<{ data: Run[] }>().data;
      return last?.id !== held.id && last?.state === 'held';
    });
    expect(find(await mirrors.shown(mirror), `${FIRST}@1.0.0`).server).toMatchObject({ description: 'Judged' });
  });

  it('is not held for the same again once it was refused', async () => {
    const { upstream } = mirrors;
    await upstream.replaceContent(FIRST, '1.0.0', { description: 'Another' });
    const held = await isHeld(['content_changed'], () => mirrors.run(mirror));
    await mirrors.decide(mirror, held.id, 'refuse');
    expect((await mirrors.get(mirror, held.id)).state).toBe('refused');
    const before = await revisions();
    for (const mode of ['incremental', 'full'])
      expect(await mirrors.run(mirror, { mode })).toMatchObject({ state: 'failed', error: { code: 'refused_before' } });
    expect(await revisions()).toEqual(before);
    expect(find(await mirrors.shown(mirror), `${FIRST}@1.0.0`).server).toMatchObject({
      description: 'Tells the weather',
    });
    // An upstream that has taken it back is followed again.
    await upstream.replaceContent(FIRST, '1.0.0', someEntries(1)[0]?.server ?? {});
    await upstream.publish({ name: 'com.example/new', description: 'New', version: '1.0.0' });
    expect(await mirrors.run(mirror)).toMatchObject({ state: 'succeeded', counts: { new: 1 } });
  });

  it('gives way to a later one', async () => {
    const { upstream } = mirrors;
    await upstream.replaceContent(FIRST, '1.0.0', { description: 'Another' });
    const held = await isHeld(['content_changed'], () => mirrors.run(mirror));
    // The same is not held twice.
    expect(await mirrors.run(mirror)).toMatchObject({ state: 'superseded' });
    expect((await mirrors.get(mirror, held.id)).state).toBe('held');
    await upstream.publish({ name: 'com.example/new', description: 'New', version: '1.0.0' });
    const later = await isHeld(['content_changed'], () => mirrors.run(mirror));
    expect((await mirrors.get(mirror, held.id)).state).toBe('superseded');
    const { organization, path } = mirror;
    const release = await mirrors.world.call('POST', `${path}/runs/${held.id}/release`, { token: organization.admin });
    expect([release.status, release.json()['detail']]).toEqual([409, 'The run is not held']);
    await mirrors.decide(mirror, later.id, 'cancel');
    expect((await mirrors.get(mirror, later.id)).state).toBe('cancelled');
  });

  it('is judged anew when nobody has decided for 30 days', async () => {
    const { upstream, world } = mirrors;
    await upstream.replaceContent(FIRST, '1.0.0', { description: 'Another' });
    const held = await isHeld(['content_changed'], () => mirrors.run(mirror));
    const tidy = () => world.app.get(TidySources, { strict: false }).execute(() => false);
    await tidy();
    expect((await mirrors.get(mirror, held.id)).state).toBe('held');
    await world.db.query(`update mirror_run set requested_at = requested_at - interval '30 days' where id = $1`, [
      held.id,
    ]);
    await tidy();
    expect((await mirrors.get(mirror, held.id)).state).toBe('superseded');
    await isHeld(['content_changed'], () => mirrors.run(mirror));
  });

  it('tells in a dry run what it would be held for, and holds nothing', async () => {
    const { upstream } = mirrors;
    await upstream.fault('drop', { percent: 50 });
    const run = await mirrors.run(mirror, { mode: 'full', dry_run: true });
    expect(run).toMatchObject({ state: 'succeeded', dry_run: true });
    expect(guardsOf(run)).toEqual(['removed_percent']);
    expect(await statuses(mirror)).toEqual({ all: 100, deleted: 0 });
  });
});
