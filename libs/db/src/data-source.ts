import { SETTINGS, type DatabaseConfig } from '@portolan/config';
import type { PoolConfig } from 'pg';
import { DataSource, type DataSourceOptions } from 'typeorm';

type PostgresDataSourceOptions = Extract<DataSourceOptions, { type: 'postgres' }>;

const CONNECT_TIMEOUT_MS = 5_000;
const KEEP_ALIVE_AFTER_MS = 10_000;

/**
 * A pool of connections as the application role. No entities: the SQL of each operation is in its own file.
 *
 * @throws Error of one line that names the setting
 */
export function connectApplication(
  config: DatabaseConfig,
  applicationName: string,
  onConnect?: PoolConfig['onConnect'],
): Promise<DataSource> {
  return connect(SETTINGS.databaseUrl, {
    type: 'postgres',
    url: config.url,
    applicationName,
    poolSize: config.poolSize,
    extra: {
      statement_timeout: config.statementTimeoutMs,
      idle_in_transaction_session_timeout: 60_000,
      // Statements go out without waiting for the answers to those before them, where nobody needs to.
      pipeline: true,
      // Else a connection that died without a word is only found out by the one who needs it.
      keepAlive: true,
      keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
      onConnect,
    },
  });
}

/** Opens a pool; a server that cannot be used is told under the name of the setting that led to it. */
export async function connect(
  setting: { readonly name: string; readonly expected: string },
  options: PostgresDataSourceOptions,
): Promise<DataSource> {
  try {
    return await new DataSource({
      ...options,
      installExtensions: false,
      connectTimeoutMS: CONNECT_TIMEOUT_MS,
    }).initialize();
  } catch (error) {
    const reason = error instanceof Error ? error.message || String((error as { code?: unknown }).code) : String(error);
    throw new Error(`${setting.name} cannot be used (${reason}): expected ${setting.expected}`, { cause: error });
  }
}
