import { Module } from '@nestjs/common';
import { MirrorModule } from '../mirror.module';
import { CompareAllProcessor } from './compare-all.processor';
import { Enforcer } from './enforcer';
import { MirrorRunProcessor } from './mirror-run.processor';
import { Runner } from './runner';
import { Scheduler } from './scheduler';
import { Tidier } from './tidier';

@Module({
  imports: [MirrorModule],
  providers: [CompareAllProcessor, Enforcer, MirrorRunProcessor, Runner, Scheduler, Tidier],
  exports: [CompareAllProcessor, MirrorRunProcessor],
})
export class MirrorJobsModule {}
