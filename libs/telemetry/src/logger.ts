import { ConsoleLogger, type LogLevel } from '@nestjs/common';
import type { ProcessConfig } from '@portolan/config';

const LEVELS: readonly LogLevel[] = ['fatal', 'error', 'warn', 'log', 'debug'];

/** Where Nest lists each module and route that it starts with: hundreds of lines that tell an operator nothing. */
const START_LISTS = new Set(['InstanceLoader', 'RoutesResolver', 'RouterExplorer']);

class ServiceLogger extends ConsoleLogger {
  override log(message: unknown, ...rest: unknown[]): void {
    const context = rest.at(-1);
    if (typeof context === 'string' && START_LISTS.has(context)) this.debug(message, context);
    else super.log(message, ...rest);
  }
}

/** JSON lines; nothing that is less severe than the configured level. */
export function createLogger(level: ProcessConfig['logLevel']): ConsoleLogger {
  return new ServiceLogger({ json: true, colors: false, logLevels: LEVELS.slice(0, LEVELS.indexOf(level) + 1) });
}
