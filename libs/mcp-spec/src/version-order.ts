/** A published version and its moment of publication: RFC 3339, UTC, exactly six fraction digits, so text order is time order. */
export interface VersionStanding {
  version: string;
  publishedAt: string;
}

export interface Semver {
  core: [major: string, minor: string, patch: string];
  /** Empty for a release. */
  prerelease: string[];
}

const NUMBER = '(0|[1-9][0-9]*)';
const IDENTIFIERS = '[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*';
const SEMVER = new RegExp(`^v?${NUMBER}\\.${NUMBER}\\.${NUMBER}(?:-(${IDENTIFIERS}))?(?:\\+${IDENTIFIERS})?$`);
const NUMERIC = /^[0-9]+$/;

/**
 * Kept apart from the `semver` package on purpose: that one gives up on numbers above 2^53 and on more than 256
 * characters, and a version which the registry stores must always have a place in the order.
 */
export function semverOf(version: string): Semver | undefined {
  const match = SEMVER.exec(version);
  if (!match) return undefined;
  const [, major = '', minor = '', patch = '', identifiers] = match;
  const prerelease = identifiers?.split('.') ?? [];
  const hasLeadingZero = prerelease.some((each) => each.length > 1 && each.startsWith('0') && NUMERIC.test(each));
  return hasLeadingZero ? undefined : { core: [major, minor, patch], prerelease };
}

/** Semantic version with exactly three numeric parts and no leading zeros; one leading `v` is allowed. */
export function isSemver(version: string): boolean {
  return semverOf(version) !== undefined;
}

const compareText = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Of decimal digits without leading zeros, the longer is the larger: no number is too big. */
const compareDigits = (a: string, b: string): number => a.length - b.length || compareText(a, b);

function compareIdentifiers(a: string, b: string): number {
  const isNumericA = NUMERIC.test(a);
  const isNumericB = NUMERIC.test(b);
  if (isNumericA && isNumericB) return compareDigits(a, b);
  if (isNumericA !== isNumericB) return isNumericA ? -1 : 1;
  return compareText(a, b);
}

function comparePrereleases(a: string[], b: string[]): number {
  if (a.length === 0 || b.length === 0) return b.length - a.length;
  for (const [index, left] of a.entries()) {
    const right = b[index];
    if (right === undefined) return 1;
    const order = compareIdentifiers(left, right);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function comparePrecedence(a: Semver, b: Semver): number {
  return (
    compareDigits(a.core[0], b.core[0]) ||
    compareDigits(a.core[1], b.core[1]) ||
    compareDigits(a.core[2], b.core[2]) ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

/**
 * Whether a new version becomes the latest in place of the current one.
 *
 * | candidate | current | takes over |
 * |---|---|---|
 * | semver | semver | precedence is higher (build metadata ignored) |
 * | other | other | published later |
 * | semver | other | always |
 * | other | semver | never |
 */
export function takesOver(candidate: VersionStanding, current: VersionStanding): boolean {
  const candidateSemver = semverOf(candidate.version);
  const currentSemver = semverOf(current.version);
  if (candidateSemver && currentSemver) return comparePrecedence(candidateSemver, currentSemver) > 0;
  if (candidateSemver || currentSemver) return candidateSemver !== undefined;
  return candidate.publishedAt > current.publishedAt;
}

/** Of two versions of equal standing the one published first keeps the place; then the lower text, so that row order never matters. */
function precedes(a: VersionStanding, b: VersionStanding): boolean {
  return compareText(a.publishedAt, b.publishedAt) < 0 || (a.publishedAt === b.publishedAt && a.version < b.version);
}

/** The version which is latest among all given, or undefined when there are none. Independent of their order. */
export function latestOf<T extends VersionStanding>(versions: readonly T[]): T | undefined {
  let latest: T | undefined;
  for (const version of versions) {
    if (latest === undefined || takesOver(version, latest)) latest = version;
    else if (!takesOver(latest, version) && precedes(version, latest)) latest = version;
  }
  return latest;
}
