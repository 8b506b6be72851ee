export { runService } from './run-service';
export { createLogger } from './logger';
export { newTraceId } from './trace';
