import { LocalBackends } from '@portolan/db';
import type { CpuTime } from '@portolan/telemetry';
import { Pace } from './pace';

const CORES = 2;
const STEP_MS = 50;

/** A machine whose time passes by what is done on it. */
class PaceOnAMachine extends Pace {
  private timeMs = 10_000;
  private busyMs = 0;
  private ownMs = 0;
  readonly rests: number[] = [];
  /** What the process of the run does besides, all the time. */
  besidesCores = 0;
  /** Rests are real. */
  isReal = false;

  /** @param othersCores how much of the machine others use all the time */
  constructor(public othersCores: number) {
    super(new LocalBackends());
  }

  /** Works, with so much of the machine, and comes to where it may rest. */
  async step(ownCores: number, ms = STEP_MS, maxMs?: number): Promise<number> {
    this.pass(ms, ownCores);
    return this.rest(maxMs);
  }

  /** Of the time that has passed. */
  get share(): number {
    return this.ownMs / ((this.timeMs - 10_000) * CORES);
  }

  protected override now(): number {
    return this.timeMs;
  }

  protected override read(): CpuTime {
    return { atMs: this.timeMs, busyMs: this.busyMs, ownMs: this.ownMs, helpersMs: new Map(), cores: CORES };
  }

  override sleep(ms: number): Promise<void> {
    this.rests.push(ms);
    if (this.isReal) return super.sleep(ms);
    this.pass(ms, 0);
    return Promise.resolve();
  }

  pass(ms: number, ownCores: number): void {
    this.timeMs += ms;
    this.ownMs += ms * (ownCores + this.besidesCores);
    this.busyMs += ms * (ownCores + this.besidesCores + this.othersCores);
  }
}

async function steps(pace: PaceOnAMachine, count: number, ownCores: number): Promise<void> {
  for (let step = 0; step < count; step += 1) await pace.step(ownCores);
}

describe('A run', () => {
  it('does not rest where there is room for it', async () => {
    const pace = new PaceOnAMachine(0.4);
    await steps(pace, 200, 0.9);
    expect(pace.rests).toEqual([]);
  });

  it('does not rest where it fills the machine by itself', async () => {
    const pace = new PaceOnAMachine(0.1);
    await steps(pace, 200, 1.9);
    expect(pace.rests).toEqual([]);
  });

  it('takes a tenth of a machine that others fill', async () => {
    const pace = new PaceOnAMachine(1.6);
    await steps(pace, 400, 0.4);
    expect(pace.rests.length).toBeGreaterThan(10);
    expect(pace.share).toBeGreaterThan(0.096);
    expect(pace.share).toBeLessThan(0.104);
  });

  it('owes nothing any more once others have gone', async () => {
    const pace = new PaceOnAMachine(1.6);
    await steps(pace, 100, 0.4);
    pace.othersCores = 0;
    await steps(pace, 10, 0.4);
    const rests = pace.rests.length;
    await steps(pace, 200, 1.5);
    expect(pace.rests).toHaveLength(rests);
  });

  it('rests for seconds after a long step, and never so long that its transaction is given up', async () => {
    const pace = new PaceOnAMachine(1.5);
    await pace.step(0.5);
    await pace.step(0.5, 600_000);
    expect(pace.rests).toEqual([5_000]);
  });

  it('rests no longer than it is asked to', async () => {
    const pace = new PaceOnAMachine(1.6);
    await pace.step(0.4);
    expect(await pace.step(0.4, 10_000, 300)).toBe(300);
    expect(pace.rests).toEqual([300]);
  });

  it('works a tenth of the time, whatever else its process does', async () => {
    const pace = new PaceOnAMachine(0.8);
    pace.besidesCores = 1.1;
    await steps(pace, 400, 0.1);
    const restedMs = pace.rests.reduce((sum, ms) => sum + ms, 0);
    expect(restedMs).toBeGreaterThan(0);
    expect(restedMs).toBeLessThanOrEqual(9 * 400 * STEP_MS);
  });

  it('does not pay for what its process did before it began', async () => {
    const pace = new PaceOnAMachine(1);
    pace.besidesCores = 0.9;
    await pace.during(() => steps(pace, 20, 0.1));
    pace.pass(3_600_000, 0);
    pace.besidesCores = 0;
    pace.rests.length = 0;
    await pace.during(() => steps(pace, 6, 0.1));
    expect(pace.rests).toEqual([]);
  });

  it('rests as long as the others of its process', async () => {
    const pace = new PaceOnAMachine(1.6);
    await pace.step(0.4);
    pace.isReal = true;
    const rests = Promise.all([pace.step(0.4, 300), pace.rest(), pace.rest()]);
    expect(new Set(pace.rests).size).toBe(1);
    expect(pace.rests).toHaveLength(3);
    pace.onModuleDestroy();
    await rests;
  });

  it('rests no longer when its process ends, and not again', async () => {
    const pace = new PaceOnAMachine(1.6);
    pace.isReal = true;
    const resting = pace.sleep(3_600_000);
    pace.onModuleDestroy();
    await resting;
    await pace.sleep(3_600_000);
    expect(pace.rests).toEqual([3_600_000, 3_600_000]);
  });
});
