import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LocalBackends } from '@portolan/db';
import { ownMsBetween, readCpuTime, type CpuTime } from '@portolan/telemetry';

/** What runs take of the whole machine beside others who fill it. */
const SHARE = 1 / 10;
const FULL_FROM = 3 / 4;
/** Less is not what fills it. */
const OTHERS_FROM = 1 / 4;
const LOOK_EVERY_MS = 250;
/** Whatever else this process does, a run works a tenth of the time. */
const REST_MAX_OF_WORK = 9;
const REST_MAX_MS = 5_000;

/**
 * Has the runs of this process rest where others want the machine. A low priority is not enough: a core that a run works on
 * is no idle one to the kernel, so those who go first share the other cores, and nobody moves.
 */
@Injectable()
export class Pace implements OnModuleDestroy {
  private readonly ending = new AbortController();
  private runs = 0;
  private last: CpuTime | null = null;
  private owedMs = 0;
  private restsUntilMs = 0;

  constructor(private readonly backends: LocalBackends) {}

  /** Keeps the account while a run is under way: what this process does without one is nobody's debt. */
  async during<T>(run: () => Promise<T>): Promise<T> {
    if (this.runs === 0) {
      this.last = null;
      this.owedMs = 0;
    }
    this.runs += 1;
    try {
      return await run();
    } finally {
      this.runs -= 1;
    }
  }

  /**
   * To be called between steps, the shorter the better. Returns at once where there is room, or little was done.
   *
   * @param maxMs the longest that it may take
   * @returns how many milliseconds it took
   */
  async rest(maxMs = REST_MAX_MS): Promise<number> {
    this.look();
    const restMs = Math.min(this.restsUntilMs - this.now(), maxMs);
    if (restMs <= 0) return 0;
    await this.sleep(restMs);
    return restMs;
  }

  /** A process that ends waits for nobody's convenience. */
  onModuleDestroy(): void {
    this.ending.abort();
  }

  protected now(): number {
    return performance.now();
  }

  protected read(): CpuTime {
    return readCpuTime(this.backends.pids);
  }

  protected async sleep(ms: number): Promise<void> {
    await delay(ms, undefined, { ref: false, signal: this.ending.signal }).catch(() => undefined);
  }

  private look(): void {
    const { last } = this;
    const now = this.now();
    if (last !== null && now - Math.max(last.atMs, this.restsUntilMs) < LOOK_EVERY_MS) return;
    const read = this.read();
    this.last = read;
    if (last === null) return;
    const passedMs = read.atMs - last.atMs;
    const ownMs = ownMsBetween(last, read);
    const busyMs = read.busyMs - last.busyMs;
    const roomMs = passedMs * read.cores;
    const isFull = busyMs >= FULL_FROM * roomMs && busyMs - ownMs >= OTHERS_FROM * roomMs;
    const workedMs = read.atMs - Math.max(last.atMs, this.restsUntilMs);
    const owedMs = isFull ? this.owedMs + ownMs / (SHARE * read.cores) - passedMs : 0;
    // What is beyond is forgiven: nobody pays for long what he did once.
    this.owedMs = Math.max(0, Math.min(owedMs, REST_MAX_OF_WORK * workedMs, REST_MAX_MS));
    this.restsUntilMs = read.atMs + this.owedMs;
  }
}
