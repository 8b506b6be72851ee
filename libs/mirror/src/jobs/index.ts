export { CompareAllProcessor } from './compare-all.processor';
export { MirrorJobsModule } from './mirror-jobs.module';
export { MirrorRunProcessor } from './mirror-run.processor';
