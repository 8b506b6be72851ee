export { runService } from './run-service';
export { createLogger } from './logger';
export { Metrics } from './metrics';
export { newRequestId } from './request-id';
export { TelemetryModule } from './telemetry.module';
