import { Module } from '@nestjs/common';
import { MirrorModule } from '../mirror.module';
import { CompareAllProcessor } from './compare-all.processor';
import { MirrorRunProcessor } from './mirror-run.processor';
import { Runner } from './runner';
import { Scheduler } from './scheduler';
import { Tidier } from './tidier';

@Module({
  imports: [MirrorModule],
  providers: [CompareAllProcessor, MirrorRunProcessor, Runner, Scheduler, Tidier],
  exports: [CompareAllProcessor, MirrorRunProcessor],
})
export class MirrorJobsModule {}
