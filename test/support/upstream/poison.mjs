// Entries that no registry should list.

const NAME = 'com.example.poison';
const MEBIBYTE = 1_048_576;

/** @type {Readonly<Record<string, (name: string) => unknown>>} what an entry is, by the kind of its poison */
const KINDS = {
  null: () => null,
  text: () => 'a server',
  number: () => 42,
  list: () => [],
  empty: () => ({}),
  server_null: () => ({ server: null, _meta: null }),
  server_text: () => ({ server: 'a server', _meta: 'active' }),
  no_name: () => entry({ description: 'nameless', version: '1.0.0' }),
  no_version: (name) => entry({ name, description: 'versionless' }),
  name_number: () => entry({ name: 7, description: 'a name that is a number', version: '1.0.0' }),
  version_number: (name) => entry({ name, description: 'a version that is a number', version: 1 }),
  no_slash: () => entry({ name: 'poison', description: 'a name that is none', version: '1.0.0' }),
  traversal: () => entry({ name: '../../etc/passwd', description: 'a name that is none', version: '1.0.0' }),
  markup: () => entry({ name: '<script>/alert(1)', description: '<script>alert(1)</script>', version: '1.0.0' }),
  empty_name: () => entry({ name: '', description: 'a name that is none', version: '' }),
  long_name: () => entry({ name: `${NAME}/${'n'.repeat(5_000)}`, description: 'a long name', version: '1.0.0' }),
  long_version: (name) => entry({ name, description: 'a long version', version: '1'.repeat(5_000) }),
  version_latest: (name) => entry({ name, description: 'a version that is reserved', version: 'latest' }),
  lone_surrogate: (name) => entry({ name, description: 'half a \ud83d character', version: '1.0.0' }),
  nul: (name) => entry({ name, description: 'a \0 within', version: '1.0.0' }),
  nul_in_name: () => entry({ name: `${NAME}/a\0b`, description: 'a NUL in the name', version: '1.0.0' }),
  large: (name) => entry({ name, description: 'd'.repeat(MEBIBYTE), version: '1.0.0' }),
  deep: (name) => entry({ name, description: 'deep', version: '1.0.0', _meta: nested(200) }),
  types: (name) => entry({ name, description: 1, version: '1.0.0', packages: 'npm', remotes: { url: 5 }, icons: 0 }),
  proto: (name) => JSON.parse(`{"server":{"__proto__":{"admin":true},"name":"${name}","version":"1.0.0"}}`),
  meta_types: (name) => entry({ name, description: 'odd meta', version: '1.0.0' }, { status: 1, updatedAt: 'soon' }),
  status_unknown: (name) => entry({ name, description: 'odd status', version: '1.0.0' }, { status: 'gone' }),
  far_future: (name) =>
    entry({ name, description: 'tomorrow', version: '1.0.0' }, { updatedAt: '9999-12-31T23:59:59Z' }),
};

/**
 * N of them as JSON, of all kinds in turn or of those that are named.
 * @param {{ n?: number, kinds?: readonly string[] }} options
 */
export function poison({ kinds = Object.keys(KINDS), n = kinds.length }) {
  return Array.from({ length: n }, (_, i) => {
    const kind = kinds[i % kinds.length] ?? '';
    const make = KINDS[kind];
    if (make === undefined) throw new Error(`${kind} is no kind of poison: ${Object.keys(KINDS).join(', ')}`);
    return JSON.stringify(make(`${NAME}/${kind.replaceAll('_', '-')}-${i}`));
  });
}

/**
 * @param {Record<string, unknown>} server
 * @param {Record<string, unknown>} [official]
 */
function entry(server, official) {
  const time = '2025-01-01T00:00:00Z';
  return {
    server: { $schema: 'https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json', ...server },
    _meta: {
      'io.modelcontextprotocol.registry/official': {
        status: 'active',
        publishedAt: time,
        updatedAt: time,
        isLatest: true,
        ...official,
      },
    },
  };
}

/**
 * @param {number} depth
 * @returns {Record<string, unknown>}
 */
function nested(depth) {
  /** @type {Record<string, unknown>} */
  let inner = {};
  for (let i = 0; i < depth; i += 1) inner = { 'io.modelcontextprotocol.registry/publisher-provided': inner };
  return inner;
}
