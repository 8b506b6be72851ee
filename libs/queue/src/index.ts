export { checkRedis } from './check-redis';
export { migrateQueue } from './backends';
export type { Job, JobMap, JobName } from './job-map';
export { enqueue } from './outbox';
