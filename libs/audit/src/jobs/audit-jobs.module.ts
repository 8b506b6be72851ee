import { Module } from '@nestjs/common';
import { AuditModule } from '../audit.module';
import { Deliverer } from './deliverer';
import { Keeper } from './keeper';
import { Sealer } from './sealer';

@Module({ imports: [AuditModule], providers: [Deliverer, Keeper, Sealer] })
export class AuditJobsModule {}
