import { existsSync, readFileSync } from 'node:fs';
import type { INestApplicationContext } from '@nestjs/common';
import { VerifyChain, type Verification } from '@portolan/audit';
import { OrgDb, sql, SystemDb } from '@portolan/db';
import { AppError, isUuid, systemCtx } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import { explain } from '../explain';
import { withRooms } from '../operator-context';

const VALID = 0;
const BROKEN = 1;
const CANNOT_TELL = 2;
const KEY_MISSING = 'SECRETS_KEY is missing: without it no signature can be checked, and so nothing be told';
const PROGRESS_ROWS = 10_000;

/**
 * Verifies all of an organization's trail and prints the result as JSON.
 *
 * @param organization name or id; a deleted one has its id only
 * @param checkpoint token of a checkpoint that was kept elsewhere, or a file that holds it
 * @returns 0 valid, 1 broken, 2 cannot be told
 */
export async function verifyAudit(organization: string, checkpoint: string | null): Promise<number> {
  try {
    const { next: _, ...verification } = await withRooms((rooms) => verify(rooms, organization, checkpoint));
    console.log(JSON.stringify({ organization, ...verification }, null, 2));
    return verification.status === 'valid' ? VALID : BROKEN;
  } catch (error) {
    const isKeyMissing = error instanceof AppError && error.code === 'encryption_not_configured';
    console.error(`portolan: ${isKeyMissing ? KEY_MISSING : explain(error)}`);
    return CANNOT_TELL;
  }
}

async function verify(
  rooms: INestApplicationContext,
  organization: string,
  checkpoint: string | null,
): Promise<Verification> {
  const orgId = await idOf(rooms, organization, checkpoint !== null);
  if (orgId === null) throw new Error(`there is no organization ${organization}`);
  return rooms.get(VerifyChain).run(systemCtx(orgId, 'operator', newRequestId()), {
    after: null,
    checkpoint: checkpoint === null ? null : tokenIn(checkpoint),
    rowsMax: Infinity,
    onProgress: progress(),
  });
}

async function idOf(
  rooms: INestApplicationContext,
  organization: string,
  isSpokenFor: boolean,
): Promise<string | null> {
  const id = isUuid(organization) ? organization.toLowerCase() : null;
  if (id !== null && (await hasTrail(rooms, id))) return id;
  const [found] = await rooms
    .get(SystemDb)
    .call<{ id: string | null }>(sql`select find_organization_id(${organization}) as id`);
  // A checkpoint may speak for a trail of which nothing is left.
  return found?.id ?? (isSpokenFor ? id : null);
}

async function hasTrail(rooms: INestApplicationContext, orgId: string): Promise<boolean> {
  const found = await rooms.get(OrgDb).read(systemCtx(orgId, 'operator', newRequestId()), (tx) =>
    tx.row<{ has_trail: boolean }>(sql`
      select exists (select from audit_log where org_id = ${orgId}) or
             exists (select from audit_seal where org_id = ${orgId}) or
             exists (select from audit_checkpoint where org_id = ${orgId}) or
             exists (select from audit_boundary where org_id = ${orgId}) as has_trail`),
  );
  return found?.has_trail ?? false;
}

function tokenIn(textOrFile: string): string {
  return (existsSync(textOrFile) ? readFileSync(textOrFile, 'utf8') : textOrFile).trim();
}

function progress(): (sequence: number) => void {
  let told = 0;
  return (sequence) => {
    if (sequence - told < PROGRESS_ROWS) return;
    told = sequence;
    console.error(`verified up to ${sequence}`);
  };
}
