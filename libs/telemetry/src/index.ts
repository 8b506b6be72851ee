export { createLogger } from './logger';
export { newTraceId } from './trace';
