/** One setting: an environment variable, what it may hold, and what it is when absent. */
export interface Setting<T> {
  readonly name: string;
  /** Completes the sentence "expected ...". */
  readonly expected: string;
  readonly description: string;
  /** Text of the default as the reference shows it; null when the setting is required. */
  readonly fallback: string | null;
  /** Returns undefined when the text is not acceptable. */
  readonly parse: (text: string) => T | undefined;
}

function integer(minimum: number, maximum: number): (text: string) => number | undefined {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= minimum && value <= maximum ? value : undefined;
  };
}

function url(...protocols: readonly string[]): (text: string) => string | undefined {
  return (text) => (URL.canParse(text) && protocols.includes(new URL(text).protocol) ? text : undefined);
}

function oneOf<T extends string>(...values: readonly T[]): (text: string) => T | undefined {
  return (text) => values.find((value) => value === text);
}

const postgresUrl = url('postgres:', 'postgresql:');

export const SETTINGS = {
  home: {
    name: 'PORTOLAN_HOME',
    expected: 'the path of a folder that may be created',
    description:
      'Folder of the embedded PostgreSQL, of ready.json and of the administrator token. Read by `npm start`.',
    fallback: '.portolan',
    parse: (text) => (text.trim() === '' || text.includes('\u0000') ? undefined : text),
  } satisfies Setting<string>,
  port: {
    name: 'PORT',
    expected: 'an integer from 0 to 65535 (0 takes any free port)',
    description: 'Port on which the API listens.',
    fallback: '8080',
    parse: integer(0, 65_535),
  } satisfies Setting<number>,
  host: {
    name: 'HOST',
    expected: 'a host name or IP address to listen on, such as 127.0.0.1 or 0.0.0.0',
    description: 'Address on which the API listens.',
    fallback: '127.0.0.1',
    parse: (text) => (/^[A-Za-z0-9.:-]+$/.test(text) ? text : undefined),
  } satisfies Setting<string>,
  databaseUrl: {
    name: 'DATABASE_URL',
    expected: 'a postgres:// URL of the application role, which owns nothing and does not bypass row security',
    description: 'PostgreSQL as the application role. Without it `npm start` runs an embedded PostgreSQL.',
    fallback: null,
    parse: postgresUrl,
  } satisfies Setting<string>,
  databaseOwnerUrl: {
    name: 'DATABASE_OWNER_URL',
    expected: 'a postgres:// URL of the role that owns the database and runs migrations',
    description: 'PostgreSQL as the owner. Used by migrations and operator commands only, never by the API or worker.',
    fallback: null,
    parse: postgresUrl,
  } satisfies Setting<string>,
  databasePoolSize: {
    name: 'DATABASE_POOL_SIZE',
    expected: 'an integer from 1 to 500',
    description: 'Connections to PostgreSQL that one process may hold.',
    fallback: '10',
    parse: integer(1, 500),
  } satisfies Setting<number>,
  databaseStatementTimeoutMs: {
    name: 'DATABASE_STATEMENT_TIMEOUT_MS',
    expected: 'an integer from 100 to 600000',
    description: 'Longest time one SQL statement of the API may take, in milliseconds.',
    fallback: '15000',
    parse: integer(100, 600_000),
  } satisfies Setting<number>,
  redisUrl: {
    name: 'REDIS_URL',
    expected: 'a redis:// or rediss:// URL',
    description: 'Redis for the job queue. Without it the queue lives in PostgreSQL.',
    fallback: 'none',
    parse: url('redis:', 'rediss:'),
  } satisfies Setting<string>,
  logLevel: {
    name: 'LOG_LEVEL',
    expected: 'one of error, warn, log, debug',
    description: 'Least severe level that is logged. Logs are JSON lines on standard error and never hold credentials.',
    fallback: 'warn',
    parse: oneOf('error', 'warn', 'log', 'debug'),
  } satisfies Setting<'error' | 'warn' | 'log' | 'debug'>,
} as const;

export type SettingKey = keyof typeof SETTINGS;

export type SettingValue<K extends SettingKey> = Exclude<ReturnType<(typeof SETTINGS)[K]['parse']>, undefined>;
