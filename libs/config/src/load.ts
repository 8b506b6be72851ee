import { SETTINGS, type RateLimit, type Setting, type SettingKey, type SettingValue } from './settings';

const MEGABYTE = 1_048_576;

export type Environment = Readonly<Record<string, string | undefined>>;

/** A wrong or missing setting. `message` is the one line an operator reads; it never holds the value. */
export class ConfigError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ConfigError';
  }
}

export interface DatabaseConfig {
  readonly url: string;
  readonly poolSize: number;
  readonly statementTimeoutMs: number;
  readonly readTimeoutMs: number;
  /** How many requests may wait for a connection. */
  readonly queueSize: number;
}

export interface ProcessConfig {
  readonly database: DatabaseConfig;
  /** Null: the queue lives in PostgreSQL. */
  readonly redisUrl: string | null;
  readonly logLevel: SettingValue<'logLevel'>;
  readonly access: AccessConfig;
}

/** What the access room decides by. */
export interface AccessConfig {
  /** Null until the API listens. */
  readonly publicUrl: string | null;
  readonly operatorTokens: readonly string[];
  readonly secretsKeys: readonly Buffer[];
  readonly egressAllow: readonly string[];
  /** Null: no mail is sent. */
  readonly mail: { readonly smtpUrl: string; readonly from: string } | null;
  readonly redisUrl: string | null;
  readonly rateLimits: Readonly<Record<'read' | 'search' | 'write' | 'auth' | 'export', RateLimit>>;
  readonly quotas: Readonly<Record<'registries' | 'servers' | 'versions' | 'tokens' | 'teams', number>>;
}

export interface ApiConfig extends ProcessConfig {
  readonly host: string;
  readonly port: number;
  /** From 1. */
  readonly processes: number;
  readonly trustedProxies: readonly string[];
  /** For pages that were sent; 0 keeps none. */
  readonly pageCacheBytes: number;
}

export interface OperatorConfig {
  readonly database: DatabaseConfig;
  readonly databaseOwnerUrl: string;
}

export interface LauncherConfig {
  readonly home: string;
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string | null;
  readonly databaseOwnerUrl: string | null;
  readonly redisUrl: string | null;
  /** Connections to PostgreSQL that the API and the worker may hold together. */
  readonly databaseConnections: number;
}

/** @throws ConfigError */
export function loadApiConfig(env: Environment = process.env): ApiConfig {
  return {
    ...loadProcessConfig(env),
    host: required('host', env),
    port: required('port', env),
    processes: required('apiProcesses', env),
    trustedProxies: optional('trustedProxies', env) ?? [],
    pageCacheBytes: required('pageCacheMb', env) * MEGABYTE,
  };
}

/** @throws ConfigError */
export function loadProcessConfig(env: Environment = process.env): ProcessConfig {
  return {
    database: loadDatabaseConfig(env),
    redisUrl: optional('redisUrl', env),
    logLevel: required('logLevel', env),
    access: loadAccessConfig(env),
  };
}

function loadAccessConfig(env: Environment): AccessConfig {
  const smtpUrl = optional('smtpUrl', env);
  const from = required('mailFrom', env);
  const secretsKeys = optional('secretsKeys', env) ?? [];
  // An invite waits for its mail encrypted.
  if (smtpUrl !== null && secretsKeys.length === 0) throw missing(SETTINGS.secretsKeys);
  return {
    publicUrl: optional('publicUrl', env),
    operatorTokens: optional('operatorTokens', env) ?? [],
    secretsKeys,
    egressAllow: optional('egressAllow', env) ?? [],
    mail: smtpUrl === null ? null : { smtpUrl, from },
    redisUrl: optional('redisUrl', env),
    rateLimits: {
      read: required('rateLimitRead', env),
      search: required('rateLimitSearch', env),
      write: required('rateLimitWrite', env),
      auth: required('rateLimitAuth', env),
      export: required('rateLimitExport', env),
    },
    quotas: {
      registries: required('quotaRegistries', env),
      servers: required('quotaServers', env),
      versions: required('quotaVersions', env),
      tokens: required('quotaTokens', env),
      teams: required('quotaTeams', env),
    },
  };
}

/** @throws ConfigError */
export function loadOperatorConfig(env: Environment = process.env): OperatorConfig {
  return { database: loadDatabaseConfig(env), databaseOwnerUrl: required('databaseOwnerUrl', env) };
}

/** @throws ConfigError, also when only one of the two database settings is there */
export function loadLauncherConfig(env: Environment = process.env): LauncherConfig {
  const databaseUrl = optional('databaseUrl', env);
  const databaseOwnerUrl = optional('databaseOwnerUrl', env);
  if (databaseUrl !== null && databaseOwnerUrl === null) throw missing(SETTINGS.databaseOwnerUrl);
  if (databaseUrl === null && databaseOwnerUrl !== null) throw missing(SETTINGS.databaseUrl);
  loadProcessConfig({
    ...env,
    DATABASE_URL: databaseUrl ?? 'postgres://embedded',
    // Beside an embedded database the launcher makes one.
    ...(databaseUrl === null && !env.SECRETS_KEY ? { SECRETS_KEY: Buffer.alloc(32).toString('base64') } : {}),
  });
  return {
    home: required('home', env),
    host: required('host', env),
    port: required('port', env),
    databaseUrl,
    databaseOwnerUrl,
    redisUrl: optional('redisUrl', env),
    // Beside its pool each listens at one more for what others change.
    databaseConnections: (required('apiProcesses', env) + 1) * (required('databasePoolSize', env) + 1),
  };
}

function loadDatabaseConfig(env: Environment): DatabaseConfig {
  return {
    url: required('databaseUrl', env),
    poolSize: required('databasePoolSize', env),
    statementTimeoutMs: required('databaseStatementTimeoutMs', env),
    readTimeoutMs: required('databaseReadTimeoutMs', env),
    queueSize: required('databaseQueueSize', env),
  };
}

function optional<K extends SettingKey>(key: K, env: Environment): SettingValue<K> | null {
  const setting = SETTINGS[key] as unknown as Setting<SettingValue<K>>;
  const text = env[setting.name];
  if (text === undefined || text === '') return null;
  const value = setting.parse(text);
  if (value === undefined) throw new ConfigError(`${setting.name} is not valid: expected ${setting.expected}`);
  return value;
}

function required<K extends SettingKey>(key: K, env: Environment): SettingValue<K> {
  const setting = SETTINGS[key] as unknown as Setting<SettingValue<K>>;
  const value = optional(key, env);
  if (value !== null) return value;
  const fallback = setting.fallback === null ? undefined : setting.parse(setting.fallback);
  if (fallback === undefined) throw missing(setting);
  return fallback;
}

function missing(setting: { readonly name: string; readonly expected: string }): ConfigError {
  return new ConfigError(`${setting.name} is missing: expected ${setting.expected}`);
}
