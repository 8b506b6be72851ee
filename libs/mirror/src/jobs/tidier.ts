import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Repeat } from '@portolan/queue/jobs';
import { TidySources } from '../sources/tidy-sources.service';

const PAUSE_MS = 10 * 60_000;

/** Keeps the copies of upstreams from growing with their history. */
@Injectable()
export class Tidier implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly repeat = new Repeat('copies of upstreams', PAUSE_MS, (isStopped) =>
    this.tidySources.execute(isStopped),
  );

  constructor(private readonly tidySources: TidySources) {}

  onApplicationBootstrap(): void {
    this.repeat.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.repeat.stop();
  }
}
