import { SETTINGS, type Setting, type SettingKey, type SettingValue } from './settings';

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
}

export interface ProcessConfig {
  readonly database: DatabaseConfig;
  /** Null: the queue lives in PostgreSQL. */
  readonly redisUrl: string | null;
  readonly logLevel: SettingValue<'logLevel'>;
}

export interface ApiConfig extends ProcessConfig {
  readonly host: string;
  readonly port: number;
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
}

/** @throws ConfigError */
export function loadApiConfig(env: Environment = process.env): ApiConfig {
  return { ...loadProcessConfig(env), host: required('host', env), port: required('port', env) };
}

/** @throws ConfigError */
export function loadProcessConfig(env: Environment = process.env): ProcessConfig {
  return {
    database: loadDatabaseConfig(env),
    redisUrl: optional('redisUrl', env),
    logLevel: required('logLevel', env),
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
  loadProcessConfig({ ...env, DATABASE_URL: databaseUrl ?? 'postgres://embedded' });
  return {
    home: required('home', env),
    host: required('host', env),
    port: required('port', env),
    databaseUrl,
    databaseOwnerUrl,
    redisUrl: optional('redisUrl', env),
  };
}

function loadDatabaseConfig(env: Environment): DatabaseConfig {
  return {
    url: required('databaseUrl', env),
    poolSize: required('databasePoolSize', env),
    statementTimeoutMs: required('databaseStatementTimeoutMs', env),
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
