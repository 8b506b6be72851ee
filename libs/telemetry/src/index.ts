export { createLogger } from './logger';
export { newTraceId, traceIdFrom } from './trace';
