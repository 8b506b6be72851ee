import { parseServerJson } from './parsed-server-json';
import { CURRENT_SCHEMA_URL, type RuleIssue, type ServerJson } from './server-json';
import { checkRules, validateServerJson } from './validation';

const minimal = { $schema: CURRENT_SCHEMA_URL, name: 'com.example/weather', description: 'Weather', version: '1.0.0' };
const schemaUrl = (id: string): string => `https://static.modelcontextprotocol.io/schemas/${id}/server.schema.json`;
const npm = { registryType: 'npm', identifier: 'weather', version: '1.0.0', transport: { type: 'stdio' } };

function sound(extra: object): { document: ServerJson } {
  const parsed = parseServerJson({ ...minimal, ...extra });
  if (parsed.outcome === 'malformed') throw new Error(JSON.stringify(parsed.issues));
  return parsed;
}

const line = ({ path, reference, message }: RuleIssue): string => `${path} ${reference} ${message}`;
/** All that the rules say. The issues of the JSON Schema, which refer into it, have a file of their own. */
function linesOf(document: ServerJson): string[] {
  const { issues } = validateServerJson({ outcome: 'parsed', document, text: '', schemaAssumed: false });
  return issues.filter(({ reference }) => !reference.startsWith('#')).map(line);
}
const findings = (extra: object): string[] => linesOf(sound(extra).document);
const withPackage = (extra: object): object => ({ packages: [{ ...npm, ...extra }] });
const withArgument = (argument: object): object => withPackage({ packageArguments: [argument] });
const withTransport = (transport: object, more: object = {}): object => withPackage({ transport, ...more });
const withRemote = (remote: object): object => ({ remotes: [remote] });
const withIcon = (src: string): object => ({ icons: [{ src }] });
const github = (url: string, subfolder = ''): object => ({ repository: { url, source: 'github', subfolder } });

describe('the format named by $schema', () => {
  it.each(['2025-07-09', '2025-09-16', '2025-09-29', '2025-10-11', '2025-10-17'])(
    'warns of %s and accepts it',
    (id) => {
      expect(checkRules(sound({ $schema: schemaUrl(id) }).document)).toEqual([
        {
          type: 'semantic',
          path: 'schema',
          severity: 'warning',
          reference: 'schema-version-deprecated',
          message: `schema version ${id} is not the current version (2025-12-11). Consider updating to the latest schema version`,
        },
      ]);
    },
  );

  it('looks at neither the host nor the ends of the URL', () => {
    const issues = checkRules(sound({ $schema: 'ftp://elsewhere/a/schemas/2025-12-11/server.schema.json#x' }).document);
    expect(issues.map(({ severity }) => severity)).toEqual(['warning']);
  });

  it.each(['draft', '2025-01-27', 'toString'])('refuses %s, which is not known', (id) => {
    const [warning, error] = checkRules(sound({ $schema: schemaUrl(id) }).document);
    expect(warning?.severity).toBe('warning');
    expect(error).toMatchObject({
      type: 'schema',
      path: 'schema',
      severity: 'error',
      reference: 'schema-version-not-available',
    });
    expect(error?.message).toContain(
      `schema version ${id} not available: schema version ${id} not found in embedded schemas`,
    );
  });

  it('refuses a URL without a version', () => {
    expect(findings({ $schema: 'https://example.com/schema.json' })).toEqual([
      'schema schema-version-extraction-error failed to extract schema version from URL: invalid schema URL format: https://example.com/schema.json',
    ]);
  });

  it('refuses an empty one', () => {
    expect(checkRules({ ...minimal, $schema: '' }).map(line)).toEqual([
      'schema schema-field-required $schema field is required',
    ]);
  });
});

describe('accepted documents', () => {
  it.each<[string, object]>([
    ['a minimal one', {}],
    ['a namespace without dot', { name: 'example/test-server' }],
    ['odd but allowed names', { name: 'A-1.b--c/X_y.z-0' }],
    ...[
      '0.5.2rc4',
      '{{VERSION}}',
      'auto',
      '*',
      'x',
      '1.0.0-rc.1',
      '2021.03.15',
      '1 || next',
      'v1',
      '1.2.3.x',
      '||',
    ].map((version): [string, object] => [`version ${version}`, { version }]),
    ['a GitHub repository', github('http://www.github.com/a.b/c-d_e/', 'src/every.thing-1')],
    ['a GitLab repository', { repository: { url: 'https://gitlab.com/a/b', source: 'gitlab' } }],
    ['a repository that says nothing', { repository: { subfolder: '/../', id: '1' } }],
    ['an https website', { websiteUrl: 'https://example.com/a b' }],
    ['a title', { title: ' T ' }],
    ['an https icon', withIcon('HTTPS://example.com/a.png')],
    ['a named argument', withArgument({ type: 'named', name: '--port', value: '8080', default: '80' })],
    [
      'a positional argument with spaces in its name',
      withArgument({ type: 'positional', name: 'a <b>', value: 'a <b>' }),
    ],
    ['an argument of unknown type', withArgument({ type: 'flag' })],
    ['a package on http', withTransport({ type: 'sse', url: 'http://localhost:8080/x' })],
    [
      'a package URL with every kind of name',
      withTransport(
        { type: 'streamable-http', url: '{scheme}://{host}:{PORT}/{--path}/{hint}' },
        {
          environmentVariables: [{ name: 'scheme' }, { name: 'host' }, { name: 'PORT' }],
          runtimeArguments: [{ type: 'named', name: '--path' }],
          packageArguments: [{ type: 'positional', valueHint: 'hint' }],
        },
      ),
    ],
    ['a remote', withRemote({ type: 'streamable-http', url: 'https://10.0.0.1/mcp' })],
    ['a remote on loopback that nobody spells so', withRemote({ type: 'sse', url: 'https://[::1]:8443/mcp' })],
    [
      'a remote with variables',
      withRemote({ type: 'sse', url: 'https://{tenant}.example.com:{p}/x', variables: { tenant: {}, p: {} } }),
    ],
    ['an unknown kind of package', withPackage({ registryType: 'other' })],
  ])('include %s', (_what, extra) => {
    expect(findings(extra)).toEqual([]);
  });
});

const namespaceRule =
  'Namespace must start and end with alphanumeric characters, and may contain dots and hyphens in the middle';
const namePartRule =
  'Name must start and end with alphanumeric characters, and may contain dots, underscores, and hyphens in the middle';
const stdioUrl = 'packages[0].transport.url';

describe('refused documents', () => {
  it.each<[string, string]>([
    ['', 'server name is required and must be a string'],
    ['abc', "server name must be in format 'dns-namespace/name' (e.g., 'com.example.api/server')"],
    ['a/b/c', 'server name cannot contain multiple slashes'],
    ['/abc', "server name must be in format 'dns-namespace/name' with non-empty namespace and name parts"],
    ['abc/', "server name must be in format 'dns-namespace/name' with non-empty namespace and name parts"],
  ])('include the name %j', (name, message) => {
    expect(checkRules({ ...minimal, name }).map(line)).toEqual([`name invalid-server-name ${message}`]);
  });

  it.each<[string, object, string[]]>([
    [
      'a namespace of one letter',
      { name: 'a/bc' },
      [`name invalid-server-name server name format is invalid: namespace 'a' is invalid. ${namespaceRule}`],
    ],
    [
      'a namespace ending in a dot',
      { name: 'ab./cd' },
      [`name invalid-server-name server name format is invalid: namespace 'ab.' is invalid. ${namespaceRule}`],
    ],
    [
      'a name of one letter',
      { name: 'ab/x' },
      [`name invalid-server-name server name format is invalid: name 'x' is invalid. ${namePartRule}`],
    ],
    [
      'the version latest',
      { version: 'latest' },
      ["version reserved-version-string version string 'latest' is reserved and cannot be used"],
    ],
    [
      'a package version latest',
      withPackage({ version: 'latest' }),
      ["packages[0].version reserved-version-string version string 'latest' is reserved and cannot be used"],
    ],
    [
      'a package version range',
      withPackage({ version: '^1.0' }),
      ['packages[0].version version-looks-like-range version must be a specific version, not a range: "^1.0"'],
    ],
    [
      'a repository elsewhere',
      github('https://gitlab.com/a/b'),
      ['repository.url invalid-repository-url invalid repository URL: https://gitlab.com/a/b'],
    ],
    [
      'a repository with a path',
      github('https://github.com/a/b/c'),
      ['repository.url invalid-repository-url invalid repository URL: https://github.com/a/b/c'],
    ],
    [
      'an unknown source',
      { repository: { url: 'https://x.org/a/b', source: 'x' } },
      ['repository.url invalid-repository-url invalid repository URL: https://x.org/a/b'],
    ],
    [
      'a source alone',
      { repository: { source: 'github' } },
      ['repository.url invalid-repository-url invalid repository URL: '],
    ],
    ...['/a', 'a/', 'a//b', './a', 'a/..', 'a b'].map((path): [string, object, string[]] => [
      `the subfolder ${path}`,
      github('https://github.com/a/b', path),
      [`repository.subfolder invalid-subfolder-path invalid subfolder path: ${path}`],
    ]),
    [
      'a relative website',
      { websiteUrl: 'example.com' },
      [
        'websiteUrl website-url-must-be-absolute websiteUrl must be absolute (include scheme): example.com',
        'websiteUrl website-url-invalid-scheme websiteUrl must use https scheme: example.com',
      ],
    ],
    [
      'an http website',
      { websiteUrl: 'http://example.com' },
      ['websiteUrl website-url-invalid-scheme websiteUrl must use https scheme: http://example.com'],
    ],
    ['a title of spaces', { title: ' \u00a0' }, ['title title-whitespace-only title cannot be only whitespace']],
    [
      'a relative icon',
      withIcon('/a.png'),
      [
        'icons[0].src icon-src-not-absolute icon src must be an absolute URL (include scheme): /a.png',
        'icons[0].src icon-src-invalid-scheme icon src must use https scheme (got ): /a.png',
      ],
    ],
    [
      'an http icon',
      withIcon('http://x/a.png'),
      ['icons[0].src icon-src-invalid-scheme icon src must use https scheme (got http): http://x/a.png'],
    ],
    [
      'an inline icon',
      withIcon('data:image/png,x'),
      ['icons[0].src icon-src-invalid-scheme icon src must use https scheme (got data): data:image/png,x'],
    ],
    [
      'a package name with a space',
      withPackage({ identifier: 'a b' }),
      ['packages[0].identifier package-name-has-spaces package name cannot contain spaces'],
    ],
    [
      'a named argument without name',
      withArgument({ type: 'named', value: 'v' }),
      [
        'packages[0].packageArguments[0].name named-argument-name-required named argument name is required',
        "packages[0].packageArguments[0].value argument-value-starts-with-name argument value cannot start with the argument name: value starts with argument name '': v",
      ],
    ],
    ...['--a b', '--a<b', '>', '$A'].map((name): [string, object, string[]] => [
      `the argument name ${name}`,
      withArgument({ type: 'named', name }),
      [`packages[0].packageArguments[0].name invalid-named-argument-name invalid named argument name format: ${name}`],
    ]),
    [
      'a default that repeats the name',
      withPackage({ runtimeArguments: [{ type: 'named', name: '-p', default: '-p 80' }] }),
      [
        "packages[0].runtimeArguments[0].default argument-default-starts-with-name argument default cannot start with the argument name: default starts with argument name '-p': -p 80",
      ],
    ],
    [
      'stdio with a URL',
      withTransport({ type: 'stdio', url: 'https://x' }),
      [`${stdioUrl} stdio-transport-url-not-empty url must be empty for stdio transport type, got: https://x`],
    ],
    [
      'sse without URL',
      withTransport({ type: 'sse' }),
      [`${stdioUrl} streamable-transport-url-required url is required for sse transport type`],
    ],
    [
      'a package URL without host',
      withTransport({ type: 'sse', url: 'https:///x' }),
      [`${stdioUrl} invalid-templated-url invalid package transport URL: https:///x`],
    ],
    [
      'an undefined name in a package URL',
      withTransport({ type: 'sse', url: 'http://{h}/{x}' }, { environmentVariables: [{ name: 'h' }, { name: 'k' }] }),
      [
        `${stdioUrl} invalid-templated-url invalid package transport URL: template variables in URL http://{h}/{x} reference undefined variables. Available variables: [h k]`,
      ],
    ],
    [
      'an unknown transport',
      withTransport({ type: 'websocket' }),
      ['packages[0].transport.type unsupported-transport-type unsupported transport type: websocket'],
    ],
    [
      'a remote without URL',
      withRemote({ type: 'sse' }),
      [
        'remotes[0].url remote-transport-url-required url is required for sse transport type',
        'remotes[0].url invalid-templated-url invalid remote URL: ',
      ],
    ],
    ...['http://example.com', 'https://localhost', 'https://127.0.0.1:80/x', 'https://a.localhost/'].map(
      (url): [string, object, string[]] => [
        `the remote ${url}`,
        withRemote({ type: 'streamable-http', url }),
        [`remotes[0].url invalid-remote-url invalid remote URL: ${url}`],
      ],
    ),
    [
      'a remote with a scheme to fill in',
      withRemote({ type: 'sse', url: '{scheme}://example.com', variables: { scheme: {} } }),
      ['remotes[0].url invalid-remote-url invalid remote URL: {scheme}://example.com'],
    ],
    [
      'a remote with a base to fill in',
      withRemote({ type: 'sse', url: '{baseUrl}/mcp', variables: { baseUrl: {} } }),
      [
        'remotes[0].url invalid-remote-url invalid remote URL: {baseUrl}/mcp',
        'remotes[0].url invalid-templated-url invalid remote URL: template variables in URL {baseUrl}/mcp reference undefined variables. Available variables: [baseUrl]',
      ],
    ],
    [
      'an undefined name in a remote',
      withRemote({ type: 'sse', url: 'https://{t}.example.com', variables: { u: {} } }),
      [
        'remotes[0].url invalid-templated-url invalid remote URL: template variables in URL https://{t}.example.com reference undefined variables. Available variables: [u]',
      ],
    ],
    [
      'a remote on stdio',
      withRemote({ type: 'stdio' }),
      [
        'remotes[0].type unsupported-remote-transport-type unsupported transport type for remotes: stdio (only streamable-http and sse are supported)',
      ],
    ],
  ])('include %s', (_what, extra, expected) => {
    expect(findings(extra)).toEqual(expected);
  });

  it.each([
    '^1.2.3',
    '~1',
    '>=1.0.0',
    '<= v1.2',
    '>1',
    '<1.0',
    '=1.0.0-a',
    '1.2.3 - 2.0.0',
    '1 -2',
    '1.2 || 1.3',
    '1||2||3',
    '1.x',
    '1.2.*',
    'x.1',
    'X.X',
    '1.2.3-x',
    '1.0.0-next',
    ' 1.2.x ',
    '*.*',
  ])('include the version %j, which looks like a range', (version) => {
    expect(findings({ version })).toEqual([
      `version version-looks-like-range version must be a specific version, not a range: "${version}"`,
    ]);
  });

  it('include URLs that cannot be parsed, should they come from elsewhere than a request', () => {
    const document: ServerJson = { ...minimal, websiteUrl: 'http://a b', icons: [{ src: ':' }] };
    expect(linesOf(document)).toEqual([
      'websiteUrl invalid-website-url invalid websiteUrl: parse "http://a b": invalid character " " in host name',
      'icons[0].src icon-src-invalid-url invalid icon src URL: parse ":": missing protocol scheme',
    ]);
  });
});

describe('hostile documents', () => {
  const MANY = 300_000;
  it.each<[string, object]>([
    ['opening braces', withRemote({ type: 'sse', url: `https://x/${'{'.repeat(MANY)}` })],
    ['empty templates', withRemote({ type: 'sse', url: `https://x/${'{}'.repeat(MANY)}` })],
    ['ports to fill in', withRemote({ type: 'sse', url: `https://x/${':{'.repeat(MANY)}}x` })],
    ['alternatives', { version: `1${'||1'.repeat(MANY)}` }],
    ['spaces', { version: `1${' '.repeat(MANY)}x` }],
    ['digits', { version: `>${'1'.repeat(MANY)}!` }],
    ['dots and slashes', github(`https://github.com/${'a.'.repeat(MANY)}`, './'.repeat(MANY))],
  ])('get an answer for very many %s', (_what, extra) => {
    expect(Array.isArray(checkRules(sound(extra).document))).toBe(true);
  });
});
