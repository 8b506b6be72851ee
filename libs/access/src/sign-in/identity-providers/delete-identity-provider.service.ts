import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import type { Access } from '../../rbac/access';
import { endSessionsOfMethod } from '../sessions/end-sessions-of-method';
import { auditedProvider, requireProvider } from './identity-provider-row';
import { lockSignIn, requireProviderCeiling } from './provider-ceiling';

/**
 * Deletes a provider with its group mappings, what it knows of users, and the sessions that came by it; the users
 * themselves stay.
 */
@Injectable()
export class DeleteIdentityProvider {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError identity_provider_not_found, privilege_ceiling, identity_provider_in_use */
  execute(ctx: Ctx, access: Access, id: string): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const signIn = await lockSignIn(tx);
      const before = await requireProvider(tx, id);
      await requireProviderCeiling(tx, access, before.id);
      if (before.enabled && signIn.oidc_auth_enabled) throw new AppError('identity_provider_in_use');
      await tx.run(sql`delete from identity_provider where org_id = ${ctx.orgId} and id = ${before.id}`);
      if (before.enabled) await endSessionsOfMethod(tx, 'oidc');
      await recordAudit(tx, {
        action: 'identity_provider.delete',
        targetId: before.id,
        targetName: before.config.issuer_url,
        before: auditedProvider(before),
      });
    });
  }
}
