export { Repeat } from './repeat';
export { WorkerHost, type JobHandler } from './worker-host';
