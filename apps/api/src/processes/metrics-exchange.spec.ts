import { EventEmitter } from 'node:events';
import type { MetricsSnapshot } from '@portolan/telemetry';
import { MetricsExchange, relayMetrics } from './metrics-exchange';

const never = () => new Promise(() => undefined);
const atOnce = () => Promise.resolve();

function named(name: string): MetricsSnapshot {
  return [{ name }] as unknown as MetricsSnapshot;
}

/** Processes with their supervisor between them. */
class Fleet {
  private readonly peers: { number: number; isReady: boolean; tell: (message: object) => void }[] = [];

  add(isReady = true, measure = (number: number) => Promise.resolve(named(`of-${number}`)), tooLate = never) {
    const number = this.peers.length + 1;
    const inbox = new EventEmitter();
    const peer = { number, isReady, tell: (message: object) => void inbox.emit('message', message) };
    this.peers.push(peer);
    const channel = {
      send: (message: object) => {
        relayMetrics(this.peers, peer, message);
      },
      on: (event: 'message', listener: (message: unknown) => void) => inbox.on(event, listener),
    };
    return new MetricsExchange(number, () => measure(number), channel, tooLate);
  }
}

describe('MetricsExchange', () => {
  it('gathers what each process has measured, whichever is asked', async () => {
    const fleet = new Fleet();
    const exchanges = [fleet.add(), fleet.add(), fleet.add()];
    for (const exchange of exchanges) {
      const found = await exchange.gather();
      expect(found.map(({ process, metrics }) => [process, metrics]).sort()).toEqual([
        [1, named('of-1')],
        [2, named('of-2')],
        [3, named('of-3')],
      ]);
    }
  });

  it('waits for nobody who is alone or not ready yet', async () => {
    const fleet = new Fleet();
    const first = fleet.add();
    await expect(first.gather()).resolves.toEqual([{ process: 1, metrics: named('of-1') }]);
    fleet.add(false);
    await expect(first.gather()).resolves.toHaveLength(1);
  });

  it('leaves out a process that does not answer in time', async () => {
    const fleet = new Fleet();
    const first = fleet.add(true, undefined, atOnce);
    fleet.add(true, () => new Promise<MetricsSnapshot>(() => undefined));
    await expect(first.gather()).resolves.toEqual([{ process: 1, metrics: named('of-1') }]);
  });

  it('keeps apart scrapes that come at the same time', async () => {
    const fleet = new Fleet();
    const [first, second] = [fleet.add(), fleet.add()];
    const found = await Promise.all([first.gather(), first.gather(), second.gather()]);
    expect(found.map((processes) => processes.map(({ process }) => process))).toEqual([
      [1, 2],
      [1, 2],
      [2, 1],
    ]);
  });

  it('ignores messages of others', async () => {
    const inbox = new EventEmitter();
    const sent: object[] = [];
    new MetricsExchange(1, () => Promise.resolve(named('of-1')), {
      send: (message) => sent.push(message),
      on: (event, listener) => inbox.on(event, listener),
    });
    for (const message of [{ type: 'stop' }, {}]) inbox.emit('message', message);
    await atOnce();
    expect(sent).toEqual([]);
  });
});
