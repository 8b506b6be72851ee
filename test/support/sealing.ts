import type { INestApplicationContext } from '@nestjs/common';
import { SealRows, SigningKeys, VerifyChain, type Verification } from '@portolan/audit';
import { systemCtx } from '@portolan/kernel';

type App = Pick<INestApplicationContext, 'get'>;

/** Seals what waits in an organization, in transactions of so many rows; tells how many there were. */
export async function sealAll(app: App, orgId: string, rowsMax = 500): Promise<number> {
  const signer = await app.get(SigningKeys).signer();
  let sealed = 0;
  for (let rows = 1; rows > 0; sealed += rows) ({ rows } = await app.get(SealRows).execute(orgId, signer, rowsMax));
  return sealed;
}

/** Verifies all that an organization has. */
export function verifyAll(app: App, orgId: string): Promise<Verification> {
  const ctx = systemCtx(orgId, 'test', '0'.repeat(32));
  return app.get(VerifyChain).run(ctx, { after: null, checkpoint: null, rowsMax: Infinity });
}
