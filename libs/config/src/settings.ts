import { isIP } from 'node:net';

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

/** Comma list of what `one` takes; empty parts are refused. */
function list<T>(one: (text: string) => T | undefined): (text: string) => readonly T[] | undefined {
  return (text) => {
    const values = text.split(',').map((part) => one(part.trim()));
    return values.includes(undefined) ? undefined : (values as T[]);
  };
}

function cidr(text: string): string | undefined {
  const [address = '', prefix, ...rest] = text.split('/');
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  if (bits === 0 || rest.length > 0 || address.includes('%')) return undefined;
  if (prefix === undefined) return `${address}/${bits}`;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits ? text : undefined;
}

function origin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin: parsed, href } = new URL(text);
  return ['http:', 'https:'].includes(protocol) && href === `${parsed}/` ? parsed : undefined;
}

function aesKey(text: string): Buffer | undefined {
  const key = Buffer.from(text, 'base64');
  return key.length === 32 && key.toString('base64') === text ? key : undefined;
}

/** Tokens a second and the most that may be saved up, as `200/2000`. */
export interface RateLimit {
  readonly per_second: number;
  readonly burst: number;
}

function rate(text: string): RateLimit | undefined {
  const [, perSecond = '', burst = ''] = /^(\d{1,6}(?:\.\d{1,3})?)\/(\d{1,7})$/.exec(text) ?? [];
  return Number(perSecond) > 0 && Number(burst) > 0
    ? { per_second: Number(perSecond), burst: Number(burst) }
    : undefined;
}

const RATE = 'requests a second and the most that may come at once, such as 200/2000';

function rateLimit(className: string, of: string, fallback: string): Setting<RateLimit> {
  return {
    name: `RATE_LIMIT_${className}`,
    expected: RATE,
    description: `How often one principal, or one address without a credential, may ask for ${of}. An organization's own setting goes before it.`,
    fallback,
    parse: rate,
  };
}

function quota(name: string, of: string, fallback: string): Setting<number> {
  return {
    name: `QUOTA_${name}`,
    expected: 'an integer from 0 to 999999999',
    description: `How many ${of}. An organization's own quota goes before it.`,
    fallback,
    parse: integer(0, 999_999_999),
  };
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
  apiProcesses: {
    name: 'API_PROCESSES',
    expected: 'an integer from 1 to 64',
    description:
      'Processes that answer at the one port of the API, on this machine; more than one get a supervisor. ' +
      'Each has DATABASE_POOL_SIZE connections and, without REDIS_URL, counts rate limits for itself.',
    fallback: '1',
    parse: integer(1, 64),
  } satisfies Setting<number>,
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
    description:
      'Connections to PostgreSQL that one process may hold: each of API_PROCESSES, and the worker, as many again.',
    fallback: '10',
    parse: integer(1, 500),
  } satisfies Setting<number>,
  databaseStatementTimeoutMs: {
    name: 'DATABASE_STATEMENT_TIMEOUT_MS',
    expected: 'an integer from 100 to 600000',
    description: 'Longest time one SQL statement may take, in milliseconds.',
    fallback: '15000',
    parse: integer(100, 600_000),
  } satisfies Setting<number>,
  databaseReadTimeoutMs: {
    name: 'DATABASE_READ_TIMEOUT_MS',
    expected: 'an integer from 100 to 600000',
    description:
      'Longest time one SQL statement of the API that only reads may take, in milliseconds; DATABASE_STATEMENT_TIMEOUT_MS when that is shorter.',
    fallback: '5000',
    parse: integer(100, 600_000),
  } satisfies Setting<number>,
  databaseQueueSize: {
    name: 'DATABASE_QUEUE_SIZE',
    expected: 'an integer from 0 to 100000',
    description:
      'Requests of one API process that may wait for a connection to PostgreSQL; those beyond are answered 503 with Retry-After.',
    fallback: '1000',
    parse: integer(0, 100_000),
  } satisfies Setting<number>,
  pageCacheMb: {
    name: 'PAGE_CACHE_MB',
    expected: 'an integer from 0 to 65536 (0 keeps none)',
    description:
      'Memory in which one API process keeps pages of registries as it sent them, in MB; one organization gets half of it at most.',
    fallback: '64',
    parse: integer(0, 65_536),
  } satisfies Setting<number>,
  redisUrl: {
    name: 'REDIS_URL',
    expected: 'a redis:// or rediss:// URL',
    description:
      'Redis for the job queue and the rate limits. Without it the queue lives in PostgreSQL, and each process counts ' +
      'for itself: who comes to several of API_PROCESSES has that many times the limit.',
    fallback: 'none',
    parse: url('redis:', 'rediss:'),
  } satisfies Setting<string>,
  publicUrl: {
    name: 'PUBLIC_URL',
    expected: 'the http:// or https:// URL, without a path, under which clients reach the API',
    description:
      'Origin of the links that the API gives out: invites, sign-in, capability URLs, resource metadata. ' +
      'Without it the address on which the API listens.',
    fallback: 'none',
    parse: origin,
  } satisfies Setting<string>,
  trustedProxies: {
    name: 'TRUSTED_PROXIES',
    expected: 'a comma list of addresses or CIDR ranges',
    description:
      'Reverse proxies whose X-Forwarded-For names the caller. Of anybody else that header is ignored. ' +
      'Address lists, rate limits and the audit trail go by it.',
    fallback: 'none',
    parse: list(cidr),
  } satisfies Setting<readonly string[]>,
  operatorTokens: {
    name: 'OPERATOR_TOKEN',
    expected: 'a comma list of secrets of 32 to 200 characters, without spaces',
    description:
      'Bearer tokens of the platform operator, who creates, suspends and deletes organizations at /v0/organizations. ' +
      'Without it nobody may.',
    fallback: 'none',
    parse: list((text) => (/^[\x21-\x2b\x2d-\x7e]{32,200}$/.test(text) ? text : undefined)),
  } satisfies Setting<readonly string[]>,
  secretsKeys: {
    name: 'SECRETS_KEY',
    expected: 'a comma list of base64 texts of 32 bytes each',
    description:
      'Keys that encrypt secrets at rest, such as those of identity providers: the first encrypts, each decrypts. ' +
      '`npm start` makes one beside its embedded PostgreSQL. Without it such secrets cannot be stored.',
    fallback: 'none',
    parse: list(aesKey),
  } satisfies Setting<readonly Buffer[]>,
  egressAllow: {
    name: 'EGRESS_ALLOW',
    expected: 'a comma list of addresses or CIDR ranges',
    description:
      'Addresses that are not public and may be reached all the same, also over http: identity providers and ' +
      'upstreams inside the company.',
    fallback: 'none',
    parse: list(cidr),
  } satisfies Setting<readonly string[]>,
  smtpUrl: {
    name: 'SMTP_URL',
    expected: 'an smtp:// or smtps:// URL, with user and password if the server wants them',
    description: 'Mail server for invites. Without it the inviter gets the link.',
    fallback: 'none',
    parse: url('smtp:', 'smtps:'),
  } satisfies Setting<string>,
  mailFrom: {
    name: 'MAIL_FROM',
    expected: 'a mail address',
    description: 'Sender of mails.',
    fallback: 'portolan@localhost',
    parse: (text) => (/^[^\s@<>]+@[^\s@<>]+$/.test(text) ? text : undefined),
  } satisfies Setting<string>,
  rateLimitRead: rateLimit('READ', 'reads', '500/5000'),
  rateLimitSearch: rateLimit('SEARCH', 'searches', '100/500'),
  rateLimitWrite: rateLimit('WRITE', 'changes', '200/2000'),
  rateLimitAuth: rateLimit('AUTH', 'sign-ins', '5/50'),
  rateLimitExport: rateLimit('EXPORT', 'exports', '0.2/5'),
  quotaRegistries: quota('REGISTRIES', 'registries an organization may have', '1000'),
  quotaServers: quota('SERVERS', 'servers a registry may hold', '1000000'),
  quotaVersions: quota('VERSIONS', 'versions a registry may hold', '10000000'),
  quotaTokens: quota('TOKENS', 'live access tokens an organization may have', '10000'),
  quotaTeams: quota('TEAMS', 'teams an organization may have', '10000'),
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
