import { boundaryText, CHAIN_BEGIN, SealRows, SigningKeys } from '@portolan/audit';
import type { Organization, World } from './world';

const LONG_AGO = '2001-01-01T00:00:00.000000Z';

/** Rows in every table of the audit trail: part of the chain is sealed, some of it waits. */
export async function fillAuditTables(world: World, { id: orgId, name, admin }: Organization): Promise<void> {
  const { app, db } = world;
  const body = { preferred_name: `${name} admin` };
  const { status } = await world.call('PATCH', '/v0/users/me', { token: admin, body });
  if (status !== 200) throw new Error('the administrator could not change his name');
  const signer = await app.get(SigningKeys).signer();
  const { rows } = await app.get(SealRows).execute(orgId, signer, 2);
  if (rows !== 2) throw new Error('there are too few audit rows to seal');
  const { keyId } = signer;
  const boundary = { ...CHAIN_BEGIN, org_id: orgId, created_at: LONG_AGO, key_id: keyId, purged_before: LONG_AGO };
  await db.query(
    `insert into audit_boundary (org_id, purged_before, sequence, hash, created_at, key_id, signature)
     values ($1, $2, $3, $4, $2, $5, $6)`,
    [orgId, LONG_AGO, boundary.sequence, boundary.hash, keyId, signer.sign(boundaryText(boundary))],
  );
  await db.query(`insert into audit_settings (org_id) values ($1)`, [orgId]);
}
