/**
 * @typedef {{ superuser: string, owner: string, app: string }} Passwords
 * @typedef {{ port: number, passwords: Passwords }} Access
 */

export const SUPERUSER = 'postgres';
export const OWNER = 'portolan_owner';
export const APP = 'portolan_app';
export const DATABASE = 'portolan';

const PLAIN_LOGIN = 'LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION';

/**
 * @param {Access} access
 * @param {string} user
 * @param {string} password
 * @param {string} database
 */
export function databaseUrl(access, user, password, database) {
  return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${access.port}/${encodeURIComponent(database)}`;
}

/**
 * @param {Access} access
 * @param {string} user
 * @param {string} password
 * @param {string} database
 */
async function connect(access, user, password, database) {
  const { default: pg } = await import('pg');
  // Everything is said here, since PGSSLMODE and its like in the environment mean other servers.
  const client = new pg.Client({ host: '127.0.0.1', port: access.port, user, password, database, ssl: false });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/**
 * Creates what is missing of the two roles and the database.
 * @param {Access} access
 */
export async function provision(access) {
  const client = await connect(access, SUPERUSER, access.passwords.superuser, 'postgres');
  try {
    for (const [role, password] of /** @type {const} */ ([
      [OWNER, access.passwords.owner],
      [APP, access.passwords.app],
    ])) {
      const { rowCount } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role]);
      const verb = rowCount ? 'ALTER' : 'CREATE';
      await client.query(`${verb} ROLE ${role} WITH ${PLAIN_LOGIN} PASSWORD ${client.escapeLiteral(password)}`);
    }
    const { rowCount } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [DATABASE]);
    if (!rowCount) await client.query(`CREATE DATABASE ${DATABASE} OWNER ${OWNER}`);
    await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${DATABASE} FROM PUBLIC`);
    await client.query(`GRANT CONNECT ON DATABASE ${DATABASE} TO ${APP}`);
  } finally {
    await client.end();
  }
}

/**
 * @param {Access} access
 * @returns {Promise<boolean>}
 */
export async function answers(access) {
  try {
    const client = await connect(access, OWNER, access.passwords.owner, DATABASE);
    await client.end();
    return true;
  } catch {
    return false;
  }
}
