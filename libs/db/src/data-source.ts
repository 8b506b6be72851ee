import type { DatabaseConfig } from '@portolan/config';
import { DataSource } from 'typeorm';

const CONNECT_TIMEOUT_MS = 5_000;

/** A pool of connections as the application role. No entities: the SQL of each operation is in its own file. */
export function createDataSource(config: DatabaseConfig, applicationName: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url: config.url,
    applicationName,
    installExtensions: false,
    connectTimeoutMS: CONNECT_TIMEOUT_MS,
    poolSize: config.poolSize,
    extra: { statement_timeout: config.statementTimeoutMs, idle_in_transaction_session_timeout: 60_000 },
  });
}
