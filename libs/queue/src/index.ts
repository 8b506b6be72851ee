export { checkRedis } from './check-redis';
export { migrateQueue } from './migrate-queue';
export type { Job, JobMap, JobName } from './job-map';
export { enqueue } from './outbox';
