import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { LocalBackends } from '@portolan/db';
import { readCpuTime, type CpuTime } from '@portolan/telemetry';

/** What runs take of the whole machine beside others who fill it. */
const SHARE = 1 / 8;
const FULL_FROM = 3 / 4;
/** Less is not what fills it. */
const OTHERS_FROM = 1 / 4;
const LOOK_EVERY_MS = 250;
/** A transaction in which somebody rests must not be taken for forgotten. */
const REST_MAX_MS = 5_000;

/**
 * Has the runs of this process rest where others want the machine. A low priority is not enough: a core that a run works on
 * is no idle one to the kernel, so those who go first share the other cores, and nobody moves.
 */
@Injectable()
export class Pace implements OnModuleDestroy {
  private readonly ending = new AbortController();
  private last: CpuTime | null = null;
  private owedMs = 0;
  private restsUntilMs = 0;

  constructor(private readonly backends: LocalBackends) {}

  /** To be called between steps, the shorter the better. Returns at once where there is room, or little was done. */
  async rest(): Promise<void> {
    this.look();
    const restMs = this.restsUntilMs - this.now();
    if (restMs > 0) await this.sleep(restMs);
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
    if (last !== null && this.now() - last.atMs < LOOK_EVERY_MS) return;
    const read = this.read();
    this.last = read;
    if (last === null) return;
    const passedMs = read.atMs - last.atMs;
    const ownMs = Math.max(0, read.ownMs - last.ownMs);
    const busyMs = read.busyMs - last.busyMs;
    const roomMs = passedMs * read.cores;
    const isFull = busyMs >= FULL_FROM * roomMs && busyMs - ownMs >= OTHERS_FROM * roomMs;
    this.owedMs = isFull ? Math.max(0, this.owedMs + ownMs / (SHARE * read.cores) - passedMs) : 0;
    this.restsUntilMs = read.atMs + Math.min(this.owedMs, REST_MAX_MS);
  }
}
