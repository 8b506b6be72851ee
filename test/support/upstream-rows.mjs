// Versions with the shape of those in the official registry: the same for the same seed.
import { randomOf } from './random.mjs';
import { Store } from './upstream/store.mjs';

/**
 * @typedef {import('./upstream/row.mjs').Entry} Entry
 * @typedef {import('./upstream/row.mjs').Json} Json
 * @typedef {ReturnType<typeof dice>} Dice
 */

const VERSIONS_MAX = 72;
const SCHEMAS = ['2025-10-17', '2025-10-17', '2025-09-29', '2025-09-29', '2025-12-11', '2025-09-16'];
const WORDS =
  'agent archive billing calendar chart cloud code context data deploy docs email finance graph image index invoice issue key language log maps memory metric model news note order pdf photo price query report review route sales schema search secret sheet sync task test ticket time travel video weather web wiki'.split(
    ' ',
  );
const FIRST_DAY_MS = Date.parse('2025-09-09T00:00:00Z');
const DAY_MS = 86_400_000;

/**
 * Fills an upstream with this many versions: three or so a name.
 * @param {Store} store
 * @param {{ versions: number, seed?: number }} options
 */
export function generate(store, { versions, seed = 1 }) {
  const random = dice(seed);
  store.load([]);
  for (let i = 0; store.rows.length < versions; i += 1) {
    const count = i === 3 ? VERSIONS_MAX : random.heavy(VERSIONS_MAX);
    publishName(store, random, i, Math.min(count, versions - store.rows.length), FIRST_DAY_MS, 300);
  }
}

/**
 * What an upstream holds on three days: some names and versions are added in between, some versions are changed,
 * deprecated, deleted or taken back. Two of the names break the rules of today.
 * @param {{ names?: number, seed?: number }} [options]
 * @returns {[Entry[], Entry[], Entry[]]} in the order of lists, deleted ones too
 */
export function snapshots({ names = 60, seed = 1 } = {}) {
  const random = dice(seed);
  const store = new Store();
  for (let i = 0; i < names; i += 1) publishName(store, random, i, random.heavy(12), FIRST_DAY_MS, 30);
  const first = store.entries();
  let name = names;
  const change = (/** @type {string} */ time) => {
    const start = Date.parse(time);
    for (const end = name + Math.ceil(names / 4); name < end; name += 1)
      publishName(store, random, name, random.heavy(12), start, 1);
    const before = store.entries();
    for (const [i, { server }] of before.entries()) {
      const key = /** @type {[string, string]} */ ([String(server.name), String(server.version)]);
      store.now(new Date(start + DAY_MS + i).toISOString());
      if (i % 11 === 3) store.replaceContent(...key, { ...server, description: `${random.text(5)}, again` });
      else if (i % 13 === 4) store.setStatus(...key, 'deprecated', 'Use another one');
      else if (i % 17 === 5) store.setStatus(...key, 'deleted');
      else if (i % 19 === 6) store.setStatus(...key, 'active');
      else if (i % 23 === 7) publishNext(store, random, server);
    }
    return store.entries();
  };
  return [first, change('2025-11-12T00:00:00Z'), change('2025-12-01T00:00:00Z')];
}

/**
 * @param {Store} store
 * @param {Dice} random
 * @param {number} index of the name: no two names have the same
 * @param {number} count of versions
 * @param {number} startMs
 * @param {number} days in which they are published
 */
function publishName(store, random, index, count, startMs, days) {
  const make = serverOf(random, index);
  const versions = versionsOf(random, count);
  let micros = startMs * 1_000 + random.below((days * DAY_MS * 1_000) / 2);
  const step = Math.floor((days * DAY_MS * 1_000) / 2 / count);
  for (const version of versions) {
    micros += 1 + random.below(step);
    const fraction = String(micros % 1_000_000).padStart(6, '0');
    const publishedAt = `${new Date(Math.floor(micros / 1_000)).toISOString().slice(0, 19)}.${fraction}Z`;
    store.publish(make(version), { publishedAt });
  }
}

/**
 * @param {Store} store
 * @param {Dice} random
 * @param {Json} server
 */
function publishNext(store, random, server) {
  store.publish({ ...server, version: `${10 + random.below(1_000)}.0.0`, description: random.text(8) });
}

/**
 * Versions in the order of their publication; some names mix what is semantic with what is not.
 * @param {Dice} random
 * @param {number} count
 */
function versionsOf(random, count) {
  const style = random.of(['plain', 'plain', 'plain', 'plain', 'plain', 'plain', 'v', 'date', 'two', 'pre', 'mixed']);
  const [major, minor] = [random.below(3), random.below(12)];
  return Array.from({ length: count }, (_, i) => {
    const plain = `${major}.${minor + Math.floor(i / 11)}.${i % 11}`;
    if (style === 'v') return `v${plain}`;
    if (style === 'date')
      return `2025.${String(1 + Math.floor(i / 28)).padStart(2, '0')}.${String(1 + (i % 28)).padStart(2, '0')}`;
    if (style === 'two') return `${major}.${minor + i}`;
    if (style === 'pre') return i % 2 === 0 ? `${plain}-beta.${i}` : plain;
    if (style === 'mixed' && i % 3 === 1) return `build-${100 + i}`;
    return plain;
  });
}

/**
 * @param {Dice} random
 * @param {number} index
 * @returns {(version: string) => Json} the document of a version
 */
function serverOf(random, index) {
  const [owner, word] = [`${random.of(WORDS)}${index}`, random.of(WORDS)];
  const place = random.below(100);
  const name =
    place < 55
      ? `io.github.${place < 15 ? owner[0]?.toUpperCase() : owner[0]}${owner.slice(1)}/${word}-mcp`
      : place < 75
        ? `ai.smithery/${owner}-${word}`
        : `com.${owner}/mcp${place < 85 ? '' : `_${word}`}`;
  const kind = random.below(1_000);
  const withRemote = kind < 390;
  const withPackage = (kind >= 330 && kind < 970) || index === 1;
  const registryType = random.weighted({ npm: 870, pypi: 418, oci: 300, mcpb: 123, nuget: 27 });
  const description = random.text(4 + random.below(9)).slice(0, 100);
  const inputs = inputsOf(random, index);
  const schema = random.of(SCHEMAS);
  const broken = index % 140 === 7 ? 'schema' : index % 470 === 11 ? 'package' : null;
  return (version) => ({
    $schema: broken === 'schema' ? '' : `https://static.modelcontextprotocol.io/schemas/${schema}/server.schema.json`,
    name,
    description,
    ...(index % 3 === 0 ? { title: `${word[0]?.toUpperCase()}${word.slice(1)} ${index}` } : {}),
    repository: place < 55 ? { url: `https://github.com/${owner}/${word}-mcp`, source: 'github' } : {},
    version,
    ...(withPackage || broken === 'package'
      ? { packages: [packageOf(registryType, owner, broken === 'package' ? 'latest' : version, inputs)] }
      : {}),
    ...(withRemote
      ? {
          remotes: [{ type: index % 9 === 0 ? 'sse' : 'streamable-http', url: `https://mcp.${owner}.example/${word}` }],
        }
      : {}),
  });
}

/**
 * @param {string} registryType
 * @param {string} owner
 * @param {string} version
 * @param {readonly Json[]} environmentVariables
 * @returns {Json}
 */
function packageOf(registryType, owner, version, environmentVariables) {
  const more = {
    transport: { type: 'stdio' },
    ...(environmentVariables.length > 0 ? { environmentVariables } : {}),
  };
  if (registryType === 'oci') return { registryType, identifier: `docker.io/${owner}/mcp:${version}`, ...more };
  if (registryType === 'mcpb') {
    const identifier = `https://github.com/${owner}/mcp/releases/download/${version}/server.mcpb`;
    return {
      registryType,
      identifier,
      fileSha256: Buffer.from(owner.padEnd(32).slice(0, 32)).toString('hex'),
      ...more,
    };
  }
  const identifier = registryType === 'npm' ? `@${owner}/mcp` : `${owner}-mcp`;
  return { registryType, identifier, version, ...(registryType === 'npm' ? { runtimeHint: 'npx' } : {}), ...more };
}

/**
 * Most have none to three, some have many; one name has more than anybody reads.
 * @param {Dice} random
 * @param {number} index
 * @returns {Json[]}
 */
function inputsOf(random, index) {
  const count = index === 1 ? 350 : random.heavy(40, 0.95) - 1;
  return Array.from({ length: count }, (_, i) => ({
    description: random.text(3 + random.below(12)),
    ...(i % 2 === 0 ? { isRequired: true } : {}),
    format: 'string',
    ...(i % 3 === 0 ? { isSecret: true } : {}),
    name: `${random.of(WORDS).toUpperCase()}_${random.of(WORDS).toUpperCase()}_${i}`,
  }));
}

/** @param {number} seed */
function dice(seed) {
  const { next, below, of: one } = randomOf(seed);
  const of = (/** @type {readonly string[]} */ list) => one(list);
  return {
    below,
    of,
    /** From 1 to max: mostly 1, seldom much; two and a half on average, more when the slope is smaller. */
    heavy: (/** @type {number} */ max, slope = 1.45) => Math.min(max, Math.floor((1 - next()) ** (-1 / slope))),
    weighted: (/** @type {Readonly<Record<string, number>>} */ weights) => {
      let left = below(Object.values(weights).reduce((sum, weight) => sum + weight, 0));
      return Object.keys(weights).find((key) => (left -= weights[key] ?? 0) < 0) ?? '';
    },
    text: (/** @type {number} */ words) => Array.from({ length: words }, () => of(WORDS)).join(' '),
  };
}
