// Which version of a server the official registry calls its latest: written down a second time, apart from the product.

const SEMVER =
  /^v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?$/;

/**
 * @typedef {{ version: string, status: string, publishedAtMicros: number }} Candidate
 */

/**
 * Whether `candidate` takes the flag from `current`.
 * @param {Candidate} candidate
 * @param {Candidate} current
 */
export function isNewer(candidate, current) {
  const [a, b] = [SEMVER.exec(candidate.version), SEMVER.exec(current.version)];
  if (a !== null && b !== null) return precedence(a, b) > 0;
  if (a === null && b === null) return candidate.publishedAtMicros > current.publishedAtMicros;
  return a !== null;
}

/**
 * The highest that is not deleted; the highest of all when all are.
 * @template {Candidate} T
 * @param {readonly T[]} candidates
 * @returns {T | undefined}
 */
export function latestOf(candidates) {
  const left = candidates.filter(({ status }) => status !== 'deleted');
  const byTime = [...(left.length === 0 ? candidates : left)].sort((a, b) => a.publishedAtMicros - b.publishedAtMicros);
  /** @type {T | undefined} */
  let latest;
  for (const candidate of byTime) if (latest === undefined || isNewer(candidate, latest)) latest = candidate;
  return latest;
}

/**
 * @param {RegExpExecArray} a
 * @param {RegExpExecArray} b
 */
function precedence(a, b) {
  for (const part of [1, 2, 3]) {
    const order = compareIdentifiers(a[part] ?? '', b[part] ?? '');
    if (order !== 0) return order;
  }
  const [before, after] = [a[4], b[4]];
  if (before === undefined || after === undefined) return Number(before === undefined) - Number(after === undefined);
  const [left, right] = [before.split('.'), after.split('.')];
  for (let i = 0; i < Math.min(left.length, right.length); i += 1) {
    const order = compareIdentifiers(left[i] ?? '', right[i] ?? '');
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/**
 * @param {string} a
 * @param {string} b
 */
function compareIdentifiers(a, b) {
  const numeric = [a, b].map((text) => /^\d+$/.test(text));
  if (numeric[0] && numeric[1]) return a.length - b.length || (a < b ? -1 : Number(a > b));
  if (numeric[0] || numeric[1]) return numeric[0] ? -1 : 1;
  return a < b ? -1 : Number(a > b);
}
