// Versions with the shape of those in the official registry, as a registry of Portolan holds them after their publication.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Store } from '../../test/support/upstream/store.mjs';
import { generate } from '../../test/support/upstream-rows.mjs';
import { ROOT } from '../../tools/launcher/checkout.mjs';

const DIST = join(ROOT, 'dist', 'libs');
// So many of the generated ones break the rules of today, as in the official registry.
const REFUSED_SHARE = 0.012;

/**
 * @typedef {object} Version
 * @property {string} name
 * @property {string} version
 * @property {string} text the document as it is stored
 * @property {string} publishedAt
 * @property {string} updatedAt
 * @property {boolean} isLatest
 * @property {readonly string[]} remoteUrls
 *
 * @typedef {typeof import('../../libs/mcp-spec/src/index.js')} Rules
 */

/**
 * A module of the build.
 * @param {string} path below dist/libs
 */
export function built(path) {
  return createRequire(import.meta.url)(join(DIST, path));
}

/**
 * @param {number} count
 * @param {string | undefined} snapshot a file of `{"servers":[...]}`, perhaps gzipped, instead of generated ones
 * @param {Rules} [rules]
 * @returns {Version[]} in byte order of name and version
 */
export function officialVersions(count, snapshot, rules = built('mcp-spec/src/index.js')) {
  const store = new Store();
  if (snapshot === undefined) generate(store, { versions: Math.ceil(count * (1 + REFUSED_SHARE)) });
  else {
    store.loadFile(snapshot);
    store.clone(Math.max(1, Math.round(count / store.rows.length)));
  }
  const versions = published(store.rows, rules);
  let end = Math.min(count, versions.length);
  // Whole servers, else one of them would lack its latest version.
  while (end > 0 && versions[end]?.name === versions[end - 1]?.name) end -= 1;
  return versions.slice(0, end);
}

/**
 * What is left of them when they are published in the order of their publication.
 * @param {readonly { server: string, official: { publishedAt: string } | null }[]} rows in byte order
 * @param {Rules} rules
 * @returns {Version[]}
 */
function published(rows, { checkRules, checkStorable, parseServerJson, remoteUrls, takesOver }) {
  /** @type {Version[]} */
  const versions = [];
  for (const { server, official } of rows) {
    const parsed = parseServerJson(JSON.parse(server));
    if (parsed.outcome !== 'parsed') continue;
    const { document, text } = parsed;
    const broken = checkRules(document).some(({ severity }) => severity === 'error');
    if (broken || checkStorable(document) !== null) continue;
    const { name, version } = document;
    const { publishedAt = '' } = official ?? {};
    const urls = [...new Set(remoteUrls(document))];
    versions.push({ name, version, text, publishedAt, updatedAt: publishedAt, isLatest: false, remoteUrls: urls });
  }
  /** @type {Map<string, Version>} */
  const latest = new Map();
  for (const one of [...versions].sort((a, b) => compare(a.publishedAt, b.publishedAt))) {
    const before = latest.get(one.name);
    if (before !== undefined && !takesOver(one, before)) continue;
    if (before !== undefined) Object.assign(before, { isLatest: false, updatedAt: one.publishedAt });
    one.isLatest = true;
    latest.set(one.name, one);
  }
  return versions;
}

/**
 * @param {string} a
 * @param {string} b
 */
function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
