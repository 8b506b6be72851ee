import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What was built: the product's version, the commit, and when (RFC 3339). */
export interface BuildInfo {
  readonly version: string;
  readonly git_commit: string;
  readonly build_time: string;
}

// Written beside the compiled code by the build; code that runs from its sources has none.
const FILE = join(__dirname, '../../../build-info.json');

export const BUILD_INFO: BuildInfo = existsSync(FILE)
  ? (JSON.parse(readFileSync(FILE, 'utf8')) as BuildInfo)
  : { version: 'development', git_commit: 'unknown', build_time: 'unknown' };
