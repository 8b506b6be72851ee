import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { ProcessConfig } from '@portolan/config';

const LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug'];

/** JSON lines; nothing that is less severe than the configured level. */
export function createLogger(level: ProcessConfig['logLevel']): ConsoleLogger {
  return new ConsoleLogger({ json: true, colors: false, logLevels: LEVELS.slice(0, LEVELS.indexOf(level) + 1) });
}
