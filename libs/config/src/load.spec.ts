import { ConfigError, loadApiConfig, loadLauncherConfig, loadOperatorConfig, loadProcessConfig } from './load';
import { SETTINGS, type SettingKey } from './settings';

const URLS = { DATABASE_URL: 'postgres://app:pw@db/portolan', DATABASE_OWNER_URL: 'postgres://owner:pw@db/portolan' };

const WRONG: Readonly<Record<SettingKey, readonly string[]>> = {
  home: [' ', 'a\u0000b'],
  port: ['x', '-1', '65536', '80.5', '0x50', ' 80', '1e3', '9999999999'],
  host: ['a b', 'http://x', 'x/y', '[::1]'],
  apiProcesses: ['0', '65', '-1', '1.5', 'auto'],
  databaseUrl: ['x', 'mysql://db/x', 'http://db', 'db:5432'],
  databaseOwnerUrl: ['x', 'mysql://db/x'],
  databasePoolSize: ['0', '501', '-1', 'ten'],
  databaseStatementTimeoutMs: ['99', '600001', '1s'],
  databaseReadTimeoutMs: ['99', '600001', '1s'],
  databaseQueueSize: ['-1', '100001', 'x'],
  pageCacheMb: ['-1', '65537', '64MB'],
  redisUrl: ['x', 'http://redis', 'redis'],
  publicUrl: ['x', 'ftp://x', 'https://x/path', 'https://u:p@x', 'https://x?y'],
  trustedProxies: ['x', '10.0.0.0/33', '10.0.0.1,', '::1%lo', '10.0.0.0/8/8', '1.2.3'],
  operatorTokens: ['short', 'a'.repeat(31), `${'a'.repeat(32)},`, `${'a'.repeat(16)} ${'a'.repeat(16)}`],
  secretsKeys: ['x', Buffer.alloc(31).toString('base64'), Buffer.alloc(32).toString('hex')],
  egressAllow: ['x', '10.0.0.0/33', 'example.com'],
  smtpUrl: ['x', 'http://mail'],
  mailFrom: ['x', 'a b@example.com', 'A <a@example.com>'],
  rateLimitRead: ['x', '1', '1/', '0/5', '5/0', '-1/5', '1/5/5'],
  rateLimitSearch: ['x'],
  rateLimitWrite: ['x'],
  rateLimitAuth: ['x'],
  rateLimitExport: ['x'],
  quotaRegistries: ['x', '-1', '1e3', '9999999999'],
  quotaServers: ['x'],
  quotaVersions: ['x'],
  quotaTokens: ['x'],
  quotaTeams: ['x'],
  logLevel: ['verbose', 'ERROR', 'toString'],
};

const CASES = Object.entries(WRONG).flatMap(([key, values]) =>
  values.map((value) => [SETTINGS[key as SettingKey].name, value, SETTINGS[key as SettingKey].expected] as const),
);

function messageOf(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  return 'loaded';
}

describe('The settings', () => {
  it('are all tried below', () => {
    expect(Object.keys(WRONG).sort()).toEqual(Object.keys(SETTINGS).sort());
  });

  it.each(CASES)('%s=%j is refused in one line that names it and not its value', (name, value, expected) => {
    const env = { ...URLS, [name]: value };
    const loaders = [loadLauncherConfig, loadApiConfig, loadOperatorConfig];
    const refused = loaders.map((load) => messageOf(() => load(env))).filter((message) => message !== 'loaded');
    expect(refused.length).toBeGreaterThan(0);
    for (const message of refused) expect(message).toBe(`${name} is not valid: expected ${expected}`);
    expect(refused[0]).not.toContain('\n');
  });

  it.each([
    ['DATABASE_URL', loadApiConfig, {}],
    ['DATABASE_URL', loadProcessConfig, { DATABASE_URL: '' }],
    ['DATABASE_OWNER_URL', loadOperatorConfig, { DATABASE_URL: URLS.DATABASE_URL }],
    ['DATABASE_OWNER_URL', loadLauncherConfig, { DATABASE_URL: URLS.DATABASE_URL }],
    ['DATABASE_URL', loadLauncherConfig, { DATABASE_OWNER_URL: URLS.DATABASE_OWNER_URL }],
  ])('%s is missed by name', (name, load, env: Record<string, string>) => {
    expect(messageOf(() => load(env))).toMatch(new RegExp(`^${name} is missing: expected a postgres:// URL`));
  });

  it('have the defaults that the reference shows', () => {
    expect(loadApiConfig({ DATABASE_URL: URLS.DATABASE_URL })).toEqual({
      database: {
        url: URLS.DATABASE_URL,
        poolSize: 10,
        statementTimeoutMs: 15_000,
        readTimeoutMs: 5_000,
        queueSize: 1_000,
      },
      pageCacheBytes: 64 * 1_048_576,
      redisUrl: null,
      logLevel: 'warn',
      host: '127.0.0.1',
      port: 8080,
      processes: 1,
      trustedProxies: [],
      access: {
        publicUrl: null,
        operatorTokens: [],
        secretsKeys: [],
        egressAllow: [],
        mail: null,
        redisUrl: null,
        rateLimits: {
          read: { per_second: 500, burst: 5_000 },
          search: { per_second: 100, burst: 500 },
          write: { per_second: 200, burst: 2_000 },
          auth: { per_second: 5, burst: 50 },
          export: { per_second: 0.2, burst: 5 },
        },
        quotas: { registries: 1_000, servers: 1_000_000, versions: 10_000_000, tokens: 10_000, teams: 10_000 },
      },
    });
    expect(loadLauncherConfig({})).toEqual({
      home: '.portolan',
      host: '127.0.0.1',
      port: 8080,
      databaseUrl: null,
      databaseOwnerUrl: null,
      redisUrl: null,
      databaseConnections: 22,
    });
    expect(loadLauncherConfig({ API_PROCESSES: '4', DATABASE_POOL_SIZE: '20' }).databaseConnections).toBe(105);
  });

  it('are taken as they are given', () => {
    const env = {
      ...URLS,
      PORT: '0',
      HOST: '::1',
      LOG_LEVEL: 'debug',
      REDIS_URL: 'rediss://r:1/2',
      DATABASE_POOL_SIZE: '500',
      PUBLIC_URL: 'https://registry.example.com/',
      TRUSTED_PROXIES: '10.0.0.1, 2001:db8::/32',
      SMTP_URL: 'smtps://user:password@mail.example.com',
      SECRETS_KEY: `${Buffer.alloc(32, 1).toString('base64')},${Buffer.alloc(32, 2).toString('base64')}`,
    };
    expect(loadApiConfig(env)).toMatchObject({ port: 0, host: '::1', logLevel: 'debug', redisUrl: 'rediss://r:1/2' });
    expect(loadApiConfig(env).trustedProxies).toEqual(['10.0.0.1/32', '2001:db8::/32']);
    expect(loadApiConfig(env).access).toMatchObject({
      publicUrl: 'https://registry.example.com',
      secretsKeys: [Buffer.alloc(32, 1), Buffer.alloc(32, 2)],
      mail: { smtpUrl: 'smtps://user:password@mail.example.com', from: 'portolan@localhost' },
    });
    expect(messageOf(() => loadApiConfig({ ...env, SECRETS_KEY: '' }))).toMatch(/^SECRETS_KEY is missing/);
    expect(loadOperatorConfig(env)).toEqual({
      database: {
        url: URLS.DATABASE_URL,
        poolSize: 500,
        statementTimeoutMs: 15_000,
        readTimeoutMs: 5_000,
        queueSize: 1_000,
      },
      databaseOwnerUrl: URLS.DATABASE_OWNER_URL,
    });
  });

  it('say what they are for, in a sentence', () => {
    for (const { name, description, expected } of Object.values(SETTINGS)) {
      expect(name).toMatch(/^[A-Z][A-Z_]+$/);
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(expected).toMatch(/^[a-z].*[^.]$/);
    }
  });
});
