import { parseServerJson } from './parsed-server-json';
import { CURRENT_SCHEMA_URL, type ServerJson, type SoundServerJson } from './server-json';
import { validateServerJson } from './validation';

const minimal = { $schema: CURRENT_SCHEMA_URL, name: 'com.example/weather', description: 'Weather', version: '1.0.0' };
const schemaUrl = (id: string): string => `https://static.modelcontextprotocol.io/schemas/${id}/server.schema.json`;
const npm = { registryType: 'npm', identifier: 'weather', version: '1.0.0', transport: { type: 'stdio' } };

function sound(extra: object): SoundServerJson {
  const parsed = parseServerJson({ ...minimal, ...extra });
  if (parsed.outcome === 'malformed') throw new Error(JSON.stringify(parsed.issues));
  return parsed;
}

const withPackage = (extra: object): object => ({ packages: [{ ...npm, ...extra }] });
const withArgument = (argument: object): object => withPackage({ packageArguments: [argument] });
const withTransport = (transport: object): object => withPackage({ transport });
const withRemote = (remote: object): object => ({ remotes: [remote] });

describe('validation against the JSON Schema', () => {
  const schemaIssues = (extra: object): string[] =>
    validateServerJson(sound(extra))
      .issues.filter(({ type }) => type === 'schema')
      .map(({ path, message, reference }) => `${path} ${message} ${reference}`);
  const at = (id: string): object => ({ $schema: schemaUrl(id) });

  it('finds nothing in a sound document', () => {
    expect(validateServerJson(sound(withPackage({})))).toEqual({ valid: true, issues: [] });
  });

  it('warns when the schema was assumed, and stays valid', () => {
    expect(validateServerJson(sound({ $schema: null }))).toEqual({
      valid: true,
      issues: [
        {
          type: 'semantic',
          path: 'schema',
          severity: 'warning',
          reference: 'schema-field-required',
          message: '$schema field is missing: the current schema is assumed',
        },
      ],
    });
  });

  it('leaves the JSON Schema out when the format is not known', () => {
    expect(schemaIssues({ ...at('draft'), repository: {} })).toEqual([
      expect.stringContaining('schema version draft not available'),
    ]);
  });

  it.each<[string, object, string[]]>([
    [
      'a repository without members',
      { repository: {} },
      ["repository missing required fields: 'url', 'source' #/definitions/Repository/required"],
    ],
    [
      'a relative repository',
      { repository: { url: 'x', source: 'github' } },
      ["repository.url 'x' has invalid format 'uri' #/definitions/Repository/properties/url/format"],
    ],
    [
      'a positional argument with neither value nor hint',
      withArgument({ type: 'positional' }),
      [
        "packages[0].packageArguments[0] missing required fields: 'valueHint' #/definitions/PositionalArgument/anyOf/0/required",
        "packages[0].packageArguments[0] missing required fields: 'value' #/definitions/PositionalArgument/anyOf/1/required",
      ],
    ],
    [
      'an argument of unknown type',
      withArgument({ type: 'flag' }),
      [
        'packages[0].packageArguments[0].type value must be one of "positional", "named" #/definitions/Argument/properties/type/enum',
      ],
    ],
    [
      'a named argument without name',
      withArgument({ type: 'named' }),
      ["packages[0].packageArguments[0] missing required fields: 'name' #/definitions/NamedArgument/required"],
    ],
    [
      'sse without URL',
      withTransport({ type: 'sse' }),
      ["packages[0].transport missing required fields: 'url' #/definitions/SseTransport/required"],
    ],
    [
      'a URL with a space',
      withRemote({ type: 'streamable-http', url: 'https://a.example/x y' }),
      [
        "remotes[0].url does not match pattern '^https?://[^\\s]+$' #/definitions/StreamableHttpTransport/properties/url/pattern",
      ],
    ],
    [
      'a remote on stdio',
      withRemote({ type: 'stdio' }),
      [
        'remotes[0].type value must be one of "streamable-http", "sse" #/definitions/RemoteTransport/properties/type/enum',
      ],
    ],
    [
      'an odd icon size',
      { icons: [{ src: 'https://x/a.png', sizes: ['any', '1x'] }] },
      [
        "icons[0].sizes[1] does not match pattern '^(\\d+x\\d+|any)$' #/definitions/Icon/properties/sizes/items/pattern",
      ],
    ],
    [
      'a long version',
      { version: '1'.repeat(256) },
      ['version length must be <= 255, but got 256 #/definitions/ServerDetail/properties/version/maxLength'],
    ],
    [
      'a package version latest',
      withPackage({ version: 'latest' }),
      ['packages[0].version not failed #/definitions/Package/properties/version/not'],
    ],
    [
      'a package without version, until October',
      { ...at('2025-09-29'), packages: [{ ...npm, version: null }] },
      ["packages[0] missing required fields: 'version' #/definitions/Package/required"],
    ],
    [
      'a relative sse URL, before December',
      { ...at('2025-10-17'), ...withTransport({ type: 'sse', url: 'x' }) },
      ["packages[0].transport.url 'x' has invalid format 'uri' #/definitions/SseTransport/properties/url/format"],
    ],
  ])('refuses %s', (_what, extra, expected) => {
    expect(schemaIssues(extra)).toEqual(expected);
    expect(validateServerJson(sound(extra)).valid).toBe(false);
  });

  it.each<[string, object]>([
    ['a package without version, since October', { ...at('2025-10-11'), packages: [{ ...npm, version: null }] }],
    [
      'any icon size, while icons had no rules',
      { ...at('2025-09-29'), icons: [{ src: 'https://x/a.png', sizes: ['big'] }] },
    ],
    [
      'any URL of streamable-http, before December',
      { ...at('2025-10-17'), ...withTransport({ type: 'streamable-http', url: 'x' }) },
    ],
    ['a document of the first format in camelCase', { ...at('2025-07-09'), ...withPackage({ runtimeHint: 'npx' }) }],
    ['an empty version, which only publishing refuses', { version: '' }],
    ['extensions', { _meta: { 'com.example/x': [1] } }],
  ])('accepts %s', (_what, extra) => {
    expect(schemaIssues(extra)).toEqual([]);
  });

  it('writes a variable called by a number as a name, not as an index', () => {
    const document: ServerJson = {
      ...minimal,
      remotes: [{ type: 'sse', url: 'https://x', variables: { '0': { format: 'odd' } } }],
    };
    const { issues } = validateServerJson({ outcome: 'parsed', document, text: '', schemaAssumed: false });
    expect(issues.map(({ path }) => path)).toEqual(['remotes[0].variables.0.format']);
  });

  it('reports at most a thousand findings', () => {
    const { issues } = validateServerJson(
      sound({ packages: Array(50_000).fill({ ...npm, transport: { type: 'sse' } }) }),
    );
    expect(issues.filter(({ type }) => type === 'schema')).toHaveLength(1000);
  });

  it('reports at most a thousand findings inside one package', () => {
    const packageArguments = Array(50_000).fill({ type: 'flag' });
    const { issues } = validateServerJson(sound(withPackage({ packageArguments })));
    expect(issues).toHaveLength(1000);
    expect(issues.at(-1)?.path).toBe('packages[0].packageArguments[999].type');
  });
});
