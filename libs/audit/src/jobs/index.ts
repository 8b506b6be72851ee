export { AuditJobsModule } from './audit-jobs.module';
