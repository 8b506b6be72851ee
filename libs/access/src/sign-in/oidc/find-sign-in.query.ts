import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { findPolicy, type SignInPolicy } from '../sign-in-policy';
import type { ConfiguredProvider } from './oidc-clients';

export interface OidcSignIn {
  readonly policy: SignInPolicy;
  readonly provider: ConfiguredProvider;
}

/** How an organization signs in by OIDC at the moment. */
@Injectable()
export class FindOidcSignIn {
  constructor(private readonly db: OrgDb) {}

  /** Null when it does not. */
  run(ctx: Ctx): Promise<OidcSignIn | null> {
    return this.db.read(ctx, async (tx) => {
      const policy = await findPolicy(tx);
      const provider = await tx.row<ConfiguredProvider>(sql`
        select id, config, client_secret_sealed, rfc3339(updated_at) as updated_at from identity_provider
        where org_id = ${ctx.orgId} and enabled and client_secret_sealed is not null`);
      return policy?.oidc_auth_enabled && provider ? { policy, provider } : null;
    });
  }
}
