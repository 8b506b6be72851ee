import { Injectable } from '@nestjs/common';
import type { JobHandler } from '@portolan/queue/jobs';
import { Runner } from './runner';

/** A wake-up call: which run is due, the database says. */
@Injectable()
export class MirrorRunProcessor implements JobHandler {
  readonly name = 'mirror.run';

  constructor(private readonly runner: Runner) {}

  run(): Promise<void> {
    this.runner.wake();
    return Promise.resolve();
  }
}
