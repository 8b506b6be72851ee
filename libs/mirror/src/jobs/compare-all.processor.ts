import { Injectable } from '@nestjs/common';
import { systemCtx } from '@portolan/kernel';
import type { Job } from '@portolan/queue';
import type { JobHandler } from '@portolan/queue/jobs';
import { newRequestId } from '@portolan/telemetry';
import { CompareAll } from '../mirrors/compare-all.service';

@Injectable()
export class CompareAllProcessor implements JobHandler {
  readonly name = 'mirror.compare_all';

  constructor(private readonly compareAll: CompareAll) {}

  async run(job: Job<'mirror.compare_all'>): Promise<void> {
    await this.compareAll.execute(systemCtx(job.orgId, 'mirror', newRequestId()));
  }
}
