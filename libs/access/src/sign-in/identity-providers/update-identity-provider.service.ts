import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql } from '@portolan/db';
import { Egress } from '@portolan/egress';
import { AppError, invalidParameter, type Ctx } from '@portolan/kernel';
import { SecretBox } from '@portolan/vault';
import type { Access } from '../../rbac/access';
import { endSessionsOfMethod } from '../sessions/end-sessions-of-method';
import { clientSecretContext } from './create-identity-provider.service';
import {
  auditedProvider,
  requireProvider,
  type IdentityProviderRow,
  type ProviderConfig,
} from './identity-provider-row';
import { lockSignIn, requireProviderCeiling } from './provider-ceiling';

/** Absent means unchanged. */
export interface ProviderConfigChange {
  readonly issuer_url?: string;
  readonly client_id?: string;
  readonly client_secret?: string;
  readonly scopes?: readonly string[];
  readonly claim_mappings?: Partial<ProviderConfig['claim_mappings']>;
}

export interface IdentityProviderChange {
  readonly enabled?: boolean;
  readonly config?: ProviderConfigChange;
}

@Injectable()
export class UpdateIdentityProvider {
  constructor(
    private readonly db: OrgDb,
    private readonly egress: Egress,
    private readonly secretBox: SecretBox,
  ) {}

  /**
   * @throws AppError forbidden_address, encryption_not_configured, identity_provider_not_found, privilege_ceiling,
   * identity_provider_exists, identity_provider_in_use, invalid_parameters when another issuer would get the secret
   */
  async execute(ctx: Ctx, access: Access, id: string, change: IdentityProviderChange): Promise<IdentityProviderRow> {
    const { client_secret: clientSecret, ...config } = change.config ?? {};
    if (config.issuer_url !== undefined) this.egress.check(config.issuer_url);
    const sealed =
      clientSecret === undefined ? null : this.secretBox.seal(clientSecret, clientSecretContext(id.toLowerCase()));
    try {
      return await this.db.write(ctx, async (tx) => {
        const signIn = await lockSignIn(tx);
        const before = await requireProvider(tx, id);
        await requireProviderCeiling(tx, access, before.id);
        const merged = mergeConfig(before.config, config);
        if (merged.issuer_url !== before.config.issuer_url && sealed === null) throw secretRequired();
        const enabled = change.enabled ?? before.enabled;
        if (before.enabled && !enabled && signIn.oidc_auth_enabled) throw new AppError('identity_provider_in_use');
        await tx.run(sql`
          update identity_provider
          set enabled = ${enabled}, config = ${JSON.stringify(merged)}::jsonb,
              client_secret_sealed = coalesce(${sealed}, client_secret_sealed), updated_at = clock_timestamp()
          where org_id = ${ctx.orgId} and id = ${before.id}`);
        if (before.enabled && !enabled) await endSessionsOfMethod(tx, 'oidc');
        const after = await requireProvider(tx, before.id);
        await recordAudit(tx, {
          action: 'identity_provider.update',
          targetId: before.id,
          targetName: after.config.issuer_url,
          before: auditedProvider(before),
          after: { ...auditedProvider(after), client_secret_changed: sealed !== null },
        });
        return after;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'identity_provider_enabled_key') throw new AppError('identity_provider_exists');
      throw error;
    }
  }
}

function mergeConfig(before: ProviderConfig, change: Omit<ProviderConfigChange, 'client_secret'>): ProviderConfig {
  return { ...before, ...change, claim_mappings: { ...before.claim_mappings, ...change.claim_mappings } };
}

// Else whoever may edit a provider could have its secret sent to a server of his own.
function secretRequired(): AppError {
  return invalidParameter({
    field: 'config.client_secret',
    rule: 'required',
    reason: 'config.client_secret must be given along with another issuer_url',
    source: 'body',
  });
}
