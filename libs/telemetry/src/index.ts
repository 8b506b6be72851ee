export { runService } from './run-service';
export { createLogger } from './logger';
export { newRequestId } from './request-id';
