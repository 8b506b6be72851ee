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
  /** Whoever rests has not woken up yet. */
  isHeld = false;

  /** @param othersCores how much of the machine others use all the time */
  constructor(public othersCores: number) {
    super(new LocalBackends());
  }

  /** Works, with so much of the machine, and comes to where it may rest. */
  async step(ownCores: number, ms = STEP_MS): Promise<void> {
    this.pass(ms, ownCores);
    await this.rest();
  }

  /** Of the time that has passed. */
  get share(): number {
    return this.ownMs / ((this.timeMs - 10_000) * CORES);
  }

  protected override now(): number {
    return this.timeMs;
  }

  protected override read(): CpuTime {
    return { atMs: this.timeMs, busyMs: this.busyMs, ownMs: this.ownMs, cores: CORES };
  }

  protected override sleep(ms: number): Promise<void> {
    this.rests.push(ms);
    if (this.isHeld) return super.sleep(ms);
    this.pass(ms, 0);
    return Promise.resolve();
  }

  private pass(ms: number, ownCores: number): void {
    this.timeMs += ms;
    this.ownMs += ms * ownCores;
    this.busyMs += ms * (ownCores + this.othersCores);
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

  it('takes an eighth of a machine that others fill', async () => {
    const pace = new PaceOnAMachine(1.6);
    await steps(pace, 400, 0.4);
    expect(pace.rests.length).toBeGreaterThan(10);
    expect(pace.share).toBeGreaterThan(0.12);
    expect(pace.share).toBeLessThan(0.13);
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

  it('rests as long as the others of its process, and no longer than until that ends', async () => {
    const pace = new PaceOnAMachine(1.6);
    await pace.step(0.4);
    pace.isHeld = true;
    const rests = Promise.all([pace.step(0.4, 300), pace.rest(), pace.rest()]);
    pace.onModuleDestroy();
    await rests;
    expect(new Set(pace.rests).size).toBe(1);
    expect(pace.rests).toHaveLength(3);
  });
});
