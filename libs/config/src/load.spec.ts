import { ConfigError, loadApiConfig, loadLauncherConfig, loadOperatorConfig, loadProcessConfig } from './load';
import { SETTINGS, type SettingKey } from './settings';

const URLS = { DATABASE_URL: 'postgres://app:pw@db/portolan', DATABASE_OWNER_URL: 'postgres://owner:pw@db/portolan' };

const WRONG: Readonly<Record<SettingKey, readonly string[]>> = {
  home: [' ', 'a\u0000b'],
  port: ['x', '-1', '65536', '80.5', '0x50', ' 80', '1e3', '9999999999'],
  host: ['a b', 'http://x', 'x/y', '[::1]'],
  databaseUrl: ['x', 'mysql://db/x', 'http://db', 'db:5432'],
  databaseOwnerUrl: ['x', 'mysql://db/x'],
  databasePoolSize: ['0', '501', '-1', 'ten'],
  databaseStatementTimeoutMs: ['99', '600001', '1s'],
  redisUrl: ['x', 'http://redis', 'redis'],
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
      database: { url: URLS.DATABASE_URL, poolSize: 10, statementTimeoutMs: 15_000 },
      redisUrl: null,
      logLevel: 'warn',
      host: '127.0.0.1',
      port: 8080,
    });
    expect(loadLauncherConfig({})).toEqual({
      home: '.portolan',
      host: '127.0.0.1',
      port: 8080,
      databaseUrl: null,
      databaseOwnerUrl: null,
      redisUrl: null,
    });
  });

  it('are taken as they are given', () => {
    const env = {
      ...URLS,
      PORT: '0',
      HOST: '::1',
      LOG_LEVEL: 'debug',
      REDIS_URL: 'rediss://r:1/2',
      DATABASE_POOL_SIZE: '500',
    };
    expect(loadApiConfig(env)).toMatchObject({ port: 0, host: '::1', logLevel: 'debug', redisUrl: 'rediss://r:1/2' });
    expect(loadOperatorConfig(env)).toEqual({
      database: { url: URLS.DATABASE_URL, poolSize: 500, statementTimeoutMs: 15_000 },
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
