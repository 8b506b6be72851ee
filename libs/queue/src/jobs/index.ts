export { WorkerHost, type JobHandler } from './worker-host';
