import type { TestDatabase } from './database';
import { fillIdentityTables, type IdentityRows } from './identity-rows';
import { fillMirrorTables, type MirrorRows } from './mirror-rows';

/** Ids of the rows that `fillEveryTable` made. */
export type FilledRows = IdentityRows & MirrorRows;

/** One row in every table about access, upstreams and mirrors, each of its texts with `mark` in it. */
export async function fillEveryTable(
  db: TestDatabase,
  orgId: string,
  registryId: string,
  mark: string,
): Promise<FilledRows> {
  const identity = await fillIdentityTables(db, orgId, registryId, mark);
  return { ...identity, ...(await fillMirrorTables(db, orgId, registryId, mark)) };
}
