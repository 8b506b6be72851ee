import { Injectable } from '@nestjs/common';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

/** What this process counts and measures. Labels never hold what belongs to an organization. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();

  /**
   * Measures the process itself, too: CPU, memory, event loop, garbage collection. For the program's own start alone:
   * its observers stay for as long as the process lives, and keep all that hangs on them.
   */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** A count that only grows; by convention its name ends in `_total`. */
  counter<L extends string = never>(name: string, help: string, labelNames: readonly L[] = []): Counter<L> {
    return new Counter({ name, help, labelNames, registers: [this.registry] });
  }

  /**
   * A value that is looked up for each scrape.
   *
   * @param value what it throws makes the value NaN: the other metrics are needed most when something is out of order
   */
  gauge(name: string, help: string, value: () => number | Promise<number>): void {
    new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        this.set(await settled(value));
      },
    });
  }

  /** Media type of `text()`. */
  get contentType(): string {
    return this.registry.contentType;
  }

  /** All metrics in Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}

async function settled(value: () => number | Promise<number>): Promise<number> {
  try {
    return await value();
  } catch {
    return NaN;
  }
}
