export { reportProcesses, runService, type Service, STOP, StopLine } from './run-service';
export { ownMsBetween, readCpuTime, type CpuTime } from './cpu-time';
export { createLogger } from './logger';
export { Metrics, type MetricsSnapshot, type ProcessMetrics } from './metrics';
export { isLowPriority, lowerPriority } from './priority';
export { newRequestId } from './request-id';
export { TelemetryModule } from './telemetry.module';
