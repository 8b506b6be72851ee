export { AuditJobsModule } from './audit-jobs.module';
export { Keeper } from './keeper';
