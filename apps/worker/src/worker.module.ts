import { type DynamicModule, Module } from '@nestjs/common';
import { CatalogueJobsModule, SweepDocumentsProcessor } from '@portolan/catalogue/jobs';
import type { ProcessConfig } from '@portolan/config';
import { DbModule, SystemDb } from '@portolan/db';
import { AccessModule } from '@portolan/access';
import { AccessJobsModule, SendInviteMailProcessor } from '@portolan/access/jobs';
import { AuditJobsModule } from '@portolan/audit/jobs';
import { CompareAllProcessor, MirrorJobsModule, MirrorRunProcessor } from '@portolan/mirror/jobs';
import { WorkerHost } from '@portolan/queue/jobs';

/** The rooms that have jobs. */
@Module({})
export class WorkerModule {
  static forRoot(config: ProcessConfig): DynamicModule {
    return {
      module: WorkerModule,
      imports: [
        DbModule.forRoot(config.database, { applicationName: 'portolan-worker', serves: false }),
        AccessModule.forRoot(config.access),
        AccessJobsModule,
        AuditJobsModule,
        CatalogueJobsModule,
        MirrorJobsModule,
      ],
      providers: [
        {
          provide: WorkerHost,
          useFactory: (
            db: SystemDb,
            sendInviteMail: SendInviteMailProcessor,
            sweepDocuments: SweepDocumentsProcessor,
            mirrorRun: MirrorRunProcessor,
            compareAll: CompareAllProcessor,
          ) => new WorkerHost(config, db, [sendInviteMail, sweepDocuments, mirrorRun, compareAll]),
          inject: [SystemDb, SendInviteMailProcessor, SweepDocumentsProcessor, MirrorRunProcessor, CompareAllProcessor],
        },
      ],
    };
  }
}
