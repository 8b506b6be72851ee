import { parseServerJson } from './parsed-server-json';
import { CURRENT_SCHEMA_URL, type ServerJson, type SoundServerJson } from './server-json';
import { checkRules, validateServerJson } from './validation';

const BODY_MAX_BYTES = 1024 * 1024;
const LONG = 'a'.repeat(900_000);
const minimal = { $schema: CURRENT_SCHEMA_URL, name: 'com.example/weather', description: 'Weather', version: '1.0.0' };
const npm = { registryType: 'npm', identifier: 'weather', version: '1.0.0', transport: { type: 'stdio' } };

function sound(extra: object): SoundServerJson {
  const parsed = parseServerJson({ ...minimal, ...extra });
  if (parsed.outcome === 'malformed') throw new Error(JSON.stringify(parsed.issues));
  return parsed;
}

/** As many copies as a request body holds. */
function many(member: object): object[] {
  const room = BODY_MAX_BYTES - JSON.stringify(minimal).length - 300;
  return Array<object>(Math.floor(room / (JSON.stringify(member).length + 1))).fill(member);
}

/** A list that counts how many of its members were looked at. */
function watched<T extends object>(members: T[]): { list: T[]; read: () => number } {
  const seen = new Set<PropertyKey>();
  const list = new Proxy(members, {
    get(target, key): unknown {
      if (typeof key === 'string' && /^\d+$/.test(key)) seen.add(key);
      return Reflect.get(target, key);
    },
  });
  return { list, read: () => seen.size };
}

const flood: [string, object][] = [
  ['icons', { icons: many({ src: '/a' }) }],
  ['sizes of one icon', { icons: [{ src: 'https://x/a', sizes: Array(250_000).fill('b') }] }],
  ['icons which the schema accepts', { icons: many({ src: 'http://x' }) }],
  ['remotes', { remotes: many({ type: 'sse', url: 'x' }) }],
  ['remotes on stdio', { remotes: many({ type: 'stdio' }) }],
  ['versions', { packages: many({ ...npm, version: '^1.0.0' }) }],
  ['arguments', { packages: [{ ...npm, packageArguments: many({ type: 'named', name: ' ' }) }] }],
];

describe('a body full of faults', () => {
  it.each(flood)('gets a thousand issues for its %s, in less than the body takes', (_what, extra) => {
    const result = validateServerJson(sound(extra));
    expect(result.valid).toBe(false);
    expect(result.issues).toHaveLength(1000);
    expect(JSON.stringify(result).length).toBeLessThan(BODY_MAX_BYTES / 4);
  });

  it('counts warnings and every layer together', () => {
    const extra = { $schema: null, remotes: [{ type: 'sse', url: 'x' }], icons: many({ src: 'http://x' }) };
    const { issues } = validateServerJson(sound(extra));
    expect(issues).toHaveLength(1000);
    expect(issues.map(({ type }) => type).slice(0, 3)).toEqual(['semantic', 'schema', 'semantic']);
    expect(issues.at(-1)?.path).toBe('icons[997].src');
  });

  it('keeps everything up to the limit', () => {
    const icons = Array(999).fill({ src: 'http://x' });
    expect(validateServerJson(sound({ icons })).issues).toHaveLength(999);
  });

  it('is not read behind the thousandth issue', () => {
    const { list, read } = watched(Array<{ src: string }>(60_000).fill({ src: '/a' }));
    validateServerJson({ ...sound({}), document: { ...minimal, icons: list } });
    expect(read()).toBeLessThanOrEqual(1000);
  });

  it('is not read by the rules behind the thousandth issue, when the schema finds nothing', () => {
    const remotes = watched(Array<{ type: string }>(10).fill({ type: 'stdio' }));
    const document: ServerJson = {
      ...minimal,
      $schema: '',
      icons: Array<{ src: string }>(60_000).fill({ src: 'http://x' }),
    };
    const { issues } = validateServerJson({ ...sound({}), document: { ...document, remotes: remotes.list } });
    expect(issues).toHaveLength(1000);
    expect(remotes.read()).toBe(0);
  });
});

describe('publishing', () => {
  it.each(flood.filter(([what]) => what !== 'sizes of one icon'))('stops at the first of many %s', (_what, extra) => {
    expect(checkRules(sound(extra).document).map(({ severity }) => severity)).toEqual(['error']);
  });

  it('reads nothing behind the first error', () => {
    const { list, read } = watched(Array<{ src: string }>(60_000).fill({ src: '/a' }));
    expect(checkRules({ ...minimal, icons: list })).toHaveLength(1);
    expect(read()).toBe(1);
    checkRules({ ...minimal, name: 'x', icons: list });
    expect(read()).toBe(1);
  });

  it('goes on after a warning', () => {
    const $schema = CURRENT_SCHEMA_URL.replace('2025-12-11', '2025-10-17');
    expect(checkRules(sound({ $schema, version: 'latest' }).document).map(({ severity }) => severity)).toEqual([
      'warning',
      'error',
    ]);
  });
});

describe('long values', () => {
  const MESSAGE_MAX = 700;
  const sse = (url: string): object => ({ type: 'sse', url });
  it.each<[string, object]>([
    ['$schema', { $schema: LONG }],
    ['the date in $schema', { $schema: `/schemas/${LONG}/server.schema.json` }],
    ['a version', { version: `>${'1'.repeat(900_000)}` }],
    ['a repository', { repository: { url: LONG, source: LONG, subfolder: `/${LONG}` } }],
    ['a relative website', { websiteUrl: LONG }],
    ['an http website', { websiteUrl: `http://x/${LONG}` }],
    ['the scheme of an icon', { icons: [{ src: `${'a'.repeat(250)}:` }] }],
    ['the URL of stdio', { packages: [{ ...npm, transport: { type: 'stdio', url: LONG } }] }],
    ['the transport of a package', { packages: [{ ...npm, transport: { type: LONG } }] }],
    ['the URL of a package', { packages: [{ ...npm, transport: sse(LONG) }] }],
    ['an argument name', { packages: [{ ...npm, packageArguments: [{ type: 'named', name: `$${LONG}` }] }] }],
    ['an argument value', { packages: [{ ...npm, runtimeArguments: [{ type: 'named', name: 'a', value: LONG }] }] }],
    [
      'the available names',
      { packages: [{ ...npm, transport: sse('http://{x}'), environmentVariables: many({ name: 'abc' }) }] },
    ],
    ['a remote', { remotes: [sse(LONG)] }],
    ['the transport of a remote', { remotes: [{ type: LONG }] }],
    ['a variable', { remotes: [{ ...sse('https://{x}'), variables: { [LONG]: { value: 'v' } } }] }],
  ])('are cut in the messages about %s', (_what, extra) => {
    const { issues } = validateServerJson(sound(extra));
    expect(issues).not.toEqual([]);
    for (const { message } of issues) expect(message.length).toBeLessThan(MESSAGE_MAX);
    expect(issues.some(({ message }) => message.includes('…'))).toBe(true);
  });

  it('are cut after 200 characters, and the rest of the message stands', () => {
    const document: ServerJson = { ...minimal, websiteUrl: `http://a b/${LONG}` };
    const [issue] = checkRules(document);
    expect(issue?.message).toBe(
      `invalid websiteUrl: parse "http://a b/${'a'.repeat(189)}…": invalid character " " in host name`,
    );
  });

  it('are cut where the structure quotes them as well', () => {
    const parsed = parseServerJson({ ...minimal, websiteUrl: `:${LONG}` });
    expect(parsed.outcome === 'malformed' && parsed.issues.map(({ message }) => message)).toEqual([
      `expected string to be RFC 3986 uri: parse ":${'a'.repeat(199)}…": missing protocol scheme`,
    ]);
  });
});

describe('templates in a long URL', () => {
  const LIMIT = 8192;
  const start = 'https://example.com/{a}/';
  const remoteIssues = (url: string): string[] =>
    validateServerJson(sound({ remotes: [{ type: 'sse', url, variables: { a: {} } }] })).issues.map(
      ({ reference, message }) => `${reference} ${message}`,
    );
  const refused = (url: string): string[] => [
    `invalid-remote-url invalid remote URL: ${url.slice(0, 200)}…`,
    `invalid-templated-url invalid remote URL: ${url.slice(0, 200)}…`,
  ];

  it.each<[string, string]>([
    ['of 8 KiB', start.padEnd(LIMIT, 'a')],
    ['of 8 KiB full of templates', `https://example.com/${'{a}'.repeat(2724)}`],
    ['of any length, when there are none', `https://example.com/${LONG}`],
  ])('are accepted in a URL %s', (_what, url) => {
    expect(remoteIssues(url)).toEqual([]);
  });

  it.each<[string, string]>([
    ['of one byte more', start.padEnd(LIMIT + 1, 'a')],
    ['with fewer characters but more bytes', start.padEnd(LIMIT / 2, 'é').padEnd(LIMIT - 10, 'a')],
    ['full of ports to fill in', `https://${':{a}'.repeat(200_000)}`],
    ['full of templates', `https://x/${'{a}'.repeat(300_000)}`],
    ['full of opening braces', `https://x/${'{'.repeat(900_000)}`],
  ])('are refused like an invalid URL in one %s', (_what, url) => {
    expect(remoteIssues(url)).toEqual(refused(url));
  });

  it('are refused in a package as well', () => {
    const url = start.padEnd(LIMIT + 1, 'a');
    const transport = { type: 'sse', url };
    const extra = { packages: [{ ...npm, transport, environmentVariables: [{ name: 'a' }] }] };
    expect(checkRules(sound(extra).document)).toMatchObject([
      {
        path: 'packages[0].transport.url',
        reference: 'invalid-templated-url',
        message: `invalid package transport URL: ${url.slice(0, 200)}…`,
      },
    ]);
  });
});
