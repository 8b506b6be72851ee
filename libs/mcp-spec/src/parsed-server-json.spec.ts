import { parseServerJson } from './parsed-server-json';
import { CURRENT_SCHEMA_URL, type StructuralIssue } from './server-json';
import { STRUCTURAL_ISSUES_MAX } from './structural-issue';

const PUBLISHER = 'io.modelcontextprotocol.registry/publisher-provided';
const OFFICIAL = 'io.modelcontextprotocol.registry/official';
const minimal = { $schema: CURRENT_SCHEMA_URL, name: 'com.example/weather', description: 'Weather', version: '1.0.0' };
const npm = { registryType: 'npm', identifier: 'weather', transport: { type: 'stdio' } };

function issuesOf(raw: unknown): StructuralIssue[] {
  const parsed = parseServerJson(raw);
  return parsed.outcome === 'malformed' ? parsed.issues : [];
}

const faultsOf = (raw: unknown): string[] => issuesOf(raw).map(({ location, message }) => `${location}: ${message}`);

function textOf(raw: unknown): string {
  const parsed = parseServerJson(raw);
  if (parsed.outcome === 'malformed') throw new Error(JSON.stringify(parsed.issues));
  return parsed.text;
}

/** The normalised document without the four properties every test has. */
function restOf(extra: object): unknown {
  const parsed = JSON.parse(textOf({ ...minimal, ...extra })) as Record<string, unknown>;
  return Object.fromEntries(Object.entries(parsed).filter(([key]) => !(key in minimal)));
}

describe('structure of a request body', () => {
  const refused: [what: string, raw: unknown, faults: string[]][] = [
    ['null', null, ['body: expected object']],
    ['an array', [], ['body: expected object']],
    ['text', 'x', ['body: expected object']],
    [
      'an empty object',
      {},
      ['description', 'name', 'version'].map((name) => `body: expected required property ${name} to be present`),
    ],
    ['an empty $schema', { ...minimal, $schema: '' }, ['body.$schema: expected length >= 1']],
    [
      'a $schema that is no URI',
      { ...minimal, $schema: ':' },
      ['body.$schema: expected string to be RFC 3986 uri: parse ":": missing protocol scheme'],
    ],
    ['a name in null', { ...minimal, name: null }, ['body.name: expected string']],
    [
      'a name of two characters',
      { ...minimal, name: 'ab' },
      [
        'body.name: expected length >= 3',
        'body.name: expected string to match pattern ^[a-zA-Z0-9.-]+/[a-zA-Z0-9._-]+$',
      ],
    ],
    ['a name of 201 characters', { ...minimal, name: `a/${'b'.repeat(199)}` }, ['body.name: expected length <= 200']],
    ['an empty description', { ...minimal, description: '' }, ['body.description: expected length >= 1']],
    [
      'a description of 101 code points',
      { ...minimal, description: '🌦'.repeat(101) },
      ['body.description: expected length <= 100'],
    ],
    ['a numeric version', { ...minimal, version: 1 }, ['body.version: expected string']],
    ['an empty title', { ...minimal, title: '' }, ['body.title: expected length >= 1']],
    ['packages that are no list', { ...minimal, packages: {} }, ['body.packages: expected array']],
    ['a package in null', { ...minimal, packages: [null] }, ['body.packages[0]: expected object']],
    [
      'a package without transport',
      { ...minimal, packages: [{ registryType: 'npm', identifier: 'x' }] },
      ['body.packages[0]: expected required property transport to be present'],
    ],
    [
      'a transport in null',
      { ...minimal, packages: [{ ...npm, transport: null }] },
      ['body.packages[0].transport: expected object'],
    ],
    [
      'an empty package version',
      { ...minimal, packages: [{ ...npm, version: '' }] },
      ['body.packages[0].version: expected length >= 1'],
    ],
    [
      'an upper-case hash',
      { ...minimal, packages: [{ ...npm, fileSha256: 'A'.repeat(64) }] },
      ['body.packages[0].fileSha256: expected string to match pattern ^[a-f0-9]{64}$'],
    ],
    [
      'a number as default',
      { ...minimal, packages: [{ ...npm, environmentVariables: [{ name: 'PORT', default: 8080 }] }] },
      ['body.packages[0].environmentVariables[0].default: expected string'],
    ],
    [
      'text as a flag',
      { ...minimal, packages: [{ ...npm, packageArguments: [{ type: 'named', isRepeated: 'yes' }] }] },
      ['body.packages[0].packageArguments[0].isRepeated: expected boolean'],
    ],
    [
      'an unknown format',
      { ...minimal, packages: [{ ...npm, runtimeArguments: [{ type: 'named', format: 'file_path' }] }] },
      ['body.packages[0].runtimeArguments[0].format: expected value to be one of "string, number, boolean, filepath"'],
    ],
    [
      'an icon without source',
      { ...minimal, icons: [{}] },
      ['body.icons[0]: expected required property src to be present'],
    ],
    [
      'a long icon source and an unknown theme',
      { ...minimal, icons: [{ src: `https://a/${'b'.repeat(250)}`, theme: 'blue' }] },
      ['body.icons[0].src: expected length <= 255', 'body.icons[0].theme: expected value to be one of "light, dark"'],
    ],
    [
      'variables of variables',
      { ...minimal, remotes: [{ type: 'sse', variables: { a: { variables: {} } } }] },
      ['body.remotes[0].variables.a.variables: unexpected property'],
    ],
    ['an unknown property', { ...minimal, status: 'active' }, ['body.status: unexpected property']],
    ['the official block', { ...minimal, _meta: { [OFFICIAL]: {} } }, [`body._meta.${OFFICIAL}: unexpected property`]],
    ['a key of _meta without domain', { ...minimal, _meta: { tools: 1 } }, ['body._meta.tools: unexpected property']],
    [
      'a key of _meta with one label',
      { ...minimal, _meta: { 'example/x': 1 } },
      ['body._meta.example/x: unexpected property'],
    ],
    [
      'a publisher block that is a list',
      { ...minimal, _meta: { [PUBLISHER]: [] } },
      [`body._meta.${PUBLISHER}: expected object`],
    ],
  ];
  it.each(refused)('refuses %s', (_what, raw, faults) => {
    expect(faultsOf(raw)).toEqual(faults);
  });

  it('echoes the parent of a missing and of an unexpected property, and the value of any other fault', () => {
    const noTransport = { registryType: 'npm', identifier: 'x', bogus: 1 };
    expect(issuesOf({ ...minimal, title: 7, packages: [noTransport] })).toEqual([
      {
        message: 'expected required property transport to be present',
        location: 'body.packages[0]',
        value: noTransport,
      },
      { message: 'unexpected property', location: 'body.packages[0].bogus', value: noTransport },
      { message: 'expected string', location: 'body.title', value: 7 },
    ]);
  });

  it('does not echo a value of more than a kilobyte', () => {
    expect(issuesOf({ ...minimal, title: 'x'.repeat(2000) })).toEqual([
      { message: 'expected length <= 100', location: 'body.title' },
    ]);
  });

  it('accepts null for whatever is optional and for lists', () => {
    const nulls = {
      $schema: null,
      title: null,
      repository: null,
      icons: null,
      packages: null,
      remotes: null,
      _meta: null,
    };
    expect(textOf({ ...minimal, ...nulls })).toBe(JSON.stringify(minimal));
  });
});

describe('normalisation', () => {
  it('assumes the current schema when none is given, and says so', () => {
    const { $schema, ...withoutSchema } = minimal;
    expect(parseServerJson(withoutSchema)).toMatchObject({
      schemaAssumed: true,
      text: JSON.stringify({ $schema, ...withoutSchema }),
    });
    expect(parseServerJson(minimal)).toMatchObject({ schemaAssumed: false });
  });

  it('puts properties in one order at every level', () => {
    const argument = {
      isRepeated: true,
      valueHint: 'h',
      name: '--n',
      type: 'named',
      variables: { b: {}, a: {} },
      choices: ['x'],
      description: 'd',
    };
    const text = textOf({
      _meta: {},
      remotes: [{ variables: {}, headers: [{ name: 'H', value: 'v' }], url: 'https://a.example', type: 'sse' }],
      packages: [{ packageArguments: [argument], transport: { type: 'stdio' }, identifier: 'x', registryType: 'npm' }],
      repository: {},
      version: '1.0.0',
      description: 'Weather',
      name: 'com.example/weather',
    });
    expect(text).toBe(
      `{"$schema":"${CURRENT_SCHEMA_URL}","name":"com.example/weather","description":"Weather","repository":{},"version":"1.0.0",` +
        '"packages":[{"registryType":"npm","identifier":"x","transport":{"type":"stdio"},"packageArguments":[{"description":"d","choices":["x"],' +
        '"variables":{"a":{},"b":{}},"type":"named","name":"--n","valueHint":"h","isRepeated":true}]}],' +
        '"remotes":[{"type":"sse","url":"https://a.example","headers":[{"value":"v","name":"H"}]}],"_meta":{}}',
    );
  });

  const rows: [what: string, extra: object, rest: unknown][] = [
    ['drops empty lists and empty text', { packages: [], remotes: [], icons: [], websiteUrl: '' }, {}],
    [
      'keeps an empty repository and an empty _meta',
      { repository: { url: '' }, _meta: {} },
      { repository: {}, _meta: {} },
    ],
    [
      'keeps what is required even when it is empty',
      {
        packages: [
          { ...npm, transport: { type: '', url: '' }, environmentVariables: [{ name: '', isRequired: false }] },
        ],
      },
      { packages: [{ ...npm, transport: { type: '' }, environmentVariables: [{ name: '' }] }] },
    ],
    [
      'reads names in any letter case',
      { TITLE: 'T', Repository: { URL: 'https://x' } },
      { title: 'T', repository: { url: 'https://x' } },
    ],
    ['prefers the exact name', { title: 'exact', Title: 'other' }, { title: 'exact' }],
    [
      'keeps extensions verbatim, under sorted keys',
      { _meta: { 'com.example/x': { z: null, a: [false, '', {}, []] }, 'com.example.sub/y': null, 'a.b/c': false } },
      { _meta: { 'a.b/c': false, 'com.example.sub/y': null, 'com.example/x': { z: null, a: [false, '', {}, []] } } },
    ],
    ['drops an empty publisher block', { _meta: { [PUBLISHER]: {} } }, { _meta: {} }],
    [
      'sorts variables as Go sorts maps',
      { remotes: [{ type: 'sse', variables: { '\u{1f600}': {}, '\uffee': {}, b: {} } }] },
      { remotes: [{ type: 'sse', variables: { b: {}, '\uffee': {}, '\u{1f600}': {} } }] },
    ],
  ];
  it.each(rows)('%s', (_what, extra, rest) => {
    expect(JSON.stringify(restOf(extra))).toBe(JSON.stringify(rest));
  });

  it('sorts the block of the publisher at every level', () => {
    expect(textOf({ ...minimal, _meta: { [PUBLISHER]: { b: { d: 1, c: null }, a: '' } } })).toContain(
      '{"a":"","b":{"c":null,"d":1}}',
    );
  });

  it('leaves a normalised document as it is', () => {
    const text = textOf({ ...minimal, packages: [npm], _meta: { [PUBLISHER]: { a: 1 } } });
    expect(textOf(JSON.parse(text))).toBe(text);
  });
});

describe('hostile bodies', () => {
  const nested = (depth: number, open: string, close: string): string =>
    JSON.stringify(minimal).replace(/}$/, `,"_meta":{"com.example/x":${open.repeat(depth)}1${close.repeat(depth)}}}`);

  it.each([
    ['lists', '[', ']'],
    ['objects', '{"a":', '}'],
  ])('refuses ten thousand nested %s without exhausting the stack', (_what, open, close) => {
    expect(faultsOf(JSON.parse(nested(10_000, open, close)))).toEqual(['body: expected nesting of at most 100 levels']);
    expect(faultsOf(JSON.parse(nested(50, open, close)))).toEqual([]);
  });

  it('refuses a property that cannot be echoed because it is deep', () => {
    const raw: unknown = JSON.parse(`{"name":${'['.repeat(90)}${']'.repeat(90)}}`);
    expect(faultsOf(raw)).toContain('body.name: expected string');
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'treats %s as any other unexpected property',
    (key) => {
      const raw = JSON.parse(JSON.stringify(minimal).replace(/}$/, `,"${key}":{"title":"x"}}`)) as unknown;
      expect(faultsOf(raw)).toEqual([`body.${key}: unexpected property`]);
    },
  );

  it('keeps a variable and an extension member called __proto__', () => {
    const raw = JSON.parse(
      `${JSON.stringify(minimal).slice(0, -1)},"remotes":[{"type":"sse","variables":{"__proto__":{"value":"v"}}}],"_meta":{"${PUBLISHER}":{"__proto__":1}}}`,
    ) as unknown;
    expect(textOf(raw)).toContain('"variables":{"__proto__":{"value":"v"}}');
    expect(textOf(raw)).toContain('{"__proto__":1}');
    expect(({} as Record<string, unknown>).value).toBeUndefined();
  });

  const unstorable: [what: string, extra: object, fault: string][] = [
    ['NUL in a value', { version: '1\u0000' }, 'body.version: expected string without NUL characters'],
    [
      'NUL inside an extension',
      { _meta: { 'a.b/c': ['\u0000'] } },
      'body._meta.a.b/c[0]: expected string without NUL characters',
    ],
    [
      'NUL in a key',
      { _meta: { 'a.b/c': { 'k\u0000': 1 } } },
      'body._meta.a.b/c.k\u0000: expected string without NUL characters',
    ],
    ['a lone high surrogate', { version: '\ud800' }, 'body.version: expected string to be well-formed Unicode'],
    [
      'a lone low surrogate in a key',
      { _meta: { 'a.b/c': { '\udc00': 1 } } },
      'body._meta.a.b/c.\udc00: expected string to be well-formed Unicode',
    ],
    [
      'a number beyond a double',
      { _meta: { 'a.b/c': JSON.parse('1e999') as unknown } },
      'body._meta.a.b/c: expected number within the range of a double',
    ],
  ];
  it.each(unstorable)('refuses %s', (_what, extra, fault) => {
    expect(faultsOf({ ...minimal, ...extra })).toEqual([fault]);
  });

  it('reports no more than a hundred faults', () => {
    const many = Object.fromEntries(Array.from({ length: 1000 }, (_none, index) => [`extra${index}`, index]));
    expect(issuesOf({ ...minimal, ...many })).toHaveLength(STRUCTURAL_ISSUES_MAX);
    expect(issuesOf({ ...minimal, packages: Array(100_000).fill({}) })).toHaveLength(STRUCTURAL_ISSUES_MAX);
  });

  it('reads a hundred thousand packages', () => {
    const parsed = parseServerJson({ ...minimal, packages: Array(100_000).fill(npm) });
    expect(parsed).toMatchObject({ outcome: 'parsed' });
  });

  it.each([
    ['a key of _meta', { _meta: { [`${'a-'.repeat(500_000)}/x`]: 1 } }],
    ['a name', { name: 'a.'.repeat(500_000) }],
    ['a website', { websiteUrl: `${'%'.repeat(500_000)}:` }],
  ])('answers for a megabyte in %s', (_what, extra) => {
    expect(faultsOf({ ...minimal, ...extra })).not.toEqual([]);
  });
});
