import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { MetricsSnapshot, ProcessMetrics } from '@portolan/telemetry';

/** How long the others may take after this process has measured itself. */
const OTHERS_MS = 1_000;

/** A process asks, the supervisor says how many others there are and asks them, each answers through him. */
type Message =
  | { readonly type: 'metrics.ask'; readonly scrape: string; readonly by: number }
  | { readonly type: 'metrics.expect'; readonly scrape: string; readonly others: number }
  | { readonly type: 'metrics.tell'; readonly scrape: string; readonly to: number; readonly told: ProcessMetrics };

/** As `process` is to one that has a parent. */
interface Channel {
  send?(message: object): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

interface Peer {
  readonly number: number;
  readonly isReady: boolean;
  tell(message: object): void;
}

interface Scrape {
  readonly told: ProcessMetrics[];
  others: number | null;
  readonly complete: () => void;
}

/** The side of a process that answers: lets a scrape, which reaches one of several processes, tell of all of them. */
export class MetricsExchange {
  private readonly scrapes = new Map<string, Scrape>();

  /**
   * @param number of this process
   * @param tooLate resolves when those who have not answered yet are left out
   */
  constructor(
    private readonly number: number,
    private readonly measure: () => Promise<MetricsSnapshot>,
    private readonly channel: Channel,
    private readonly tooLate: () => Promise<unknown> = () => delay(OTHERS_MS, undefined, { ref: false }),
  ) {
    channel.on('message', (message) => {
      // Who cannot measure itself is one that does not answer.
      this.hear(message as Message).catch(() => undefined);
    });
  }

  /** This process first, and all others that answer in time. */
  async gather(): Promise<readonly ProcessMetrics[]> {
    const id = randomUUID();
    const told: ProcessMetrics[] = [];
    const complete = new Promise<void>((resolve) => {
      this.scrapes.set(id, { told, others: null, complete: resolve });
    });
    this.send({ type: 'metrics.ask', scrape: id, by: this.number });
    const metrics = await this.measure();
    await Promise.race([complete, this.tooLate()]);
    this.scrapes.delete(id);
    return [{ process: this.number, metrics }, ...told.sort((one, other) => one.process - other.process)];
  }

  private async hear(message: Message): Promise<void> {
    if (message.type === 'metrics.ask') {
      const told = { process: this.number, metrics: await this.measure() };
      this.send({ type: 'metrics.tell', scrape: message.scrape, to: message.by, told });
      return;
    }
    const scrape = this.scrapes.get(message.scrape);
    if (scrape === undefined) return;
    if (message.type === 'metrics.expect') scrape.others = message.others;
    else scrape.told.push(message.told);
    if (scrape.others === scrape.told.length) scrape.complete();
  }

  private send(message: Message): void {
    this.channel.send?.(message);
  }
}

/** The side of the supervisor, who keeps nothing of it: a process that dies meanwhile is one that does not answer. */
export function relayMetrics(processes: readonly Peer[], from: Peer, message: object): void {
  const known = message as Message;
  if (known.type === 'metrics.ask') {
    const others = processes.filter((process) => process !== from && process.isReady);
    from.tell({ type: 'metrics.expect', scrape: known.scrape, others: others.length } satisfies Message);
    for (const process of others) process.tell(known);
  } else if (known.type === 'metrics.tell') processes.find(({ number }) => number === known.to)?.tell(known);
}
