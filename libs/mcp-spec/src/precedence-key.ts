import { semverOf } from './version-order';

const LENGTH_DIGITS = 3;

/**
 * Text that sorts bytewise as versions take precedence, for databases: a higher version has a greater key, build metadata
 * counts for nothing, and what is no semantic version comes before all that are, with one key for all.
 *
 * Numbers carry their length in front, so that the longer is the greater; a release sorts behind its prereleases.
 */
export function precedenceKey(version: string): string {
  const semver = semverOf(version);
  if (semver === undefined) return 'o';
  const { core, prerelease } = semver;
  const release = prerelease.length === 0 ? '~' : `-${prerelease.map(identifierKey).join('')}`;
  return `s${core.map(numberKey).join('')}${release}`;
}

function numberKey(digits: string): string {
  return `${String(digits.length).padStart(LENGTH_DIGITS, '0')}${digits}`;
}

// A number comes before text. The mark at the end is lower than anything in an identifier: a shorter one comes first.
function identifierKey(identifier: string): string {
  return /^\d+$/.test(identifier) ? `0${numberKey(identifier)}!` : `1${identifier}!`;
}
