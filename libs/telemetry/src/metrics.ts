import { Injectable } from '@nestjs/common';
import {
  AggregatorRegistry,
  collectDefaultMetrics,
  Counter,
  Gauge,
  type MetricObjectWithValues,
  type MetricValue,
  Registry,
} from 'prom-client';

/** All metrics of one process at one moment, as plain values that may travel between processes. */
export type MetricsSnapshot = readonly MetricObjectWithValues<MetricValue<string>>[];

/** What one of the processes behind one port has measured. */
export interface ProcessMetrics {
  /** From 1. */
  readonly process: number;
  readonly metrics: MetricsSnapshot;
}

/** What this process counts and measures. Labels never hold what belongs to an organization. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private gather: (() => Promise<readonly ProcessMetrics[]>) | null = null;

  /**
   * Measures the process itself, too: CPU, memory, event loop, garbage collection. For the program's own start alone:
   * its observers stay for as long as the process lives, and keep all that hangs on them.
   */
  watchProcess(): void {
    collectDefaultMetrics({ register: this.registry });
  }

  /** From now on `text()` tells of all that `gather` finds, which each scrape asks for anew. */
  tellOf(gather: () => Promise<readonly ProcessMetrics[]>): void {
    this.gather = gather;
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

  /** The metrics of this process alone. */
  snapshot(): Promise<MetricsSnapshot> {
    return this.registry.getMetricsAsJSON();
  }

  /** All metrics in Prometheus' text format; of several processes each value with the label `process`. */
  async text(): Promise<string> {
    return this.gather === null ? this.registry.metrics() : together(await this.gather());
  }
}

/**
 * Sums would fall whenever a process is started again, which Prometheus takes for a restart of all; and they would hide
 * the one process that is stuck.
 */
function together(processes: readonly ProcessMetrics[]): Promise<string> {
  const labelled = processes.map(({ process, metrics }) =>
    metrics.map(({ values, ...metric }) => ({
      ...metric,
      aggregator: 'first',
      values: values.map((value) => ({ ...value, labels: { ...value.labels, process: String(process) } })),
    })),
  );
  return AggregatorRegistry.aggregate(labelled).metrics();
}

async function settled(value: () => number | Promise<number>): Promise<number> {
  try {
    return await value();
  } catch {
    return NaN;
  }
}
