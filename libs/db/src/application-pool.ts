import { SETTINGS, type DatabaseConfig } from '@portolan/config';
import { Pool, type PoolConfig } from 'pg';
import { cannotBeUsed, CONNECT_TIMEOUT_MS } from './cannot-be-used';

const KEEP_ALIVE_AFTER_MS = 10_000;

/**
 * A pool of connections as the application role, one of them open. The SQL of each operation is in its own file, so TypeORM
 * has nothing to do here, and programs that migrate nothing need not load it.
 *
 * @param onConnect is called for each connection before it is used
 * @throws Error of one line that names the setting
 */
export async function openApplicationPool(
  config: DatabaseConfig,
  applicationName: string,
  onConnect?: PoolConfig['onConnect'],
): Promise<Pool> {
  const pool = new Pool({
    connectionString: config.url,
    application_name: applicationName,
    max: config.poolSize,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: config.statementTimeoutMs,
    idle_in_transaction_session_timeout: 60_000,
    // Statements go out without waiting for the answers to those before them, where nobody needs to.
    pipeline: true,
    // Else a connection that died without a word is only found out by the one who needs it.
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_AFTER_MS,
    ...(onConnect && { onConnect }),
  });
  // Of a connection that nobody uses; unheard it would end the program. The pool opens another when it needs one.
  pool.on('error', () => undefined);
  try {
    (await pool.connect()).release();
    return pool;
  } catch (error) {
    await pool.end();
    throw cannotBeUsed(SETTINGS.databaseUrl, error);
  }
}
