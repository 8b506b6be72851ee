import { Module } from '@nestjs/common';
import { AuditModule } from '../audit.module';
import { Sealer } from './sealer';

@Module({ imports: [AuditModule], providers: [Sealer] })
export class AuditJobsModule {}
