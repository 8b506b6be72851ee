import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { Egress } from '@portolan/egress';
import { AppError, type Ctx } from '@portolan/kernel';
import { SecretBox } from '@portolan/vault';
import { v7 as uuidv7 } from 'uuid';
import type { Access } from '../../rbac/access';
import {
  auditedProvider,
  requireProvider,
  type IdentityProviderRow,
  type ProviderConfig,
} from './identity-provider-row';
import { requireProviderCeiling } from './provider-ceiling';

export interface NewIdentityProvider {
  readonly enabled: boolean;
  readonly config: ProviderConfig;
  /** Sealed before it is stored; it never comes back. */
  readonly clientSecret: string;
}

@Injectable()
export class CreateIdentityProvider {
  constructor(
    private readonly db: OrgDb,
    private readonly egress: Egress,
    private readonly secretBox: SecretBox,
  ) {}

  /** @throws AppError forbidden_address, encryption_not_configured, privilege_ceiling, identity_provider_exists */
  async execute(ctx: Ctx, access: Access, input: NewIdentityProvider): Promise<IdentityProviderRow> {
    this.egress.check(input.config.issuer_url);
    const id = uuidv7();
    const sealed = this.secretBox.seal(input.clientSecret, clientSecretContext(id));
    try {
      return await this.db.write(ctx, async (tx) => {
        await requireProviderCeiling(tx, access, id);
        await tx.run(sql`
          insert into identity_provider (org_id, id, type, enabled, config, client_secret_sealed)
          values (${ctx.orgId}, ${id}, 'oidc', ${input.enabled}, ${JSON.stringify(input.config)}::jsonb, ${sealed})`);
        const row = await requireProvider(tx, id);
        await recordAudit(tx, {
          action: 'identity_provider.create',
          targetId: id,
          targetName: row.config.issuer_url,
          after: auditedProvider(row),
        });
        return row;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'identity_provider_enabled_key') throw new AppError('identity_provider_exists');
      throw error;
    }
  }
}

/** What a sealed client secret belongs to. */
export function clientSecretContext(providerId: string): string {
  return `identity_provider:${providerId}`;
}
