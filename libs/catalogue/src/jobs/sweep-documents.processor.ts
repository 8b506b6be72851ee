import { Injectable } from '@nestjs/common';
import type { Job } from '@portolan/queue';
import type { JobHandler } from '@portolan/queue/jobs';
import { SweepDocuments } from '../versions/sweep-documents.service';

@Injectable()
export class SweepDocumentsProcessor implements JobHandler {
  readonly name = 'catalogue.sweep_documents';

  constructor(private readonly sweepDocuments: SweepDocuments) {}

  async run(job: Job<'catalogue.sweep_documents'>): Promise<void> {
    await this.sweepDocuments.execute(job.payload.hashes);
  }
}
