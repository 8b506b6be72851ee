import { Injectable } from '@nestjs/common';
import { AuditBuffer } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { SecretBox } from '@portolan/vault';
import * as oidc from 'openid-client';
import { v7 as uuidv7 } from 'uuid';
import { PublicUrl } from '../../public-url';
import { FindOidcSignIn } from './find-sign-in.query';
import { attemptContext, browserHash, hashOf, LOGIN_ATTEMPT_SECONDS, type LoginAttempt } from './login-attempt';
import { OidcClients, type ConfiguredProvider } from './oidc-clients';

export interface BeginningLogin {
  /** A path of ours. */
  readonly returnTo: string;
  /** The cookie that binds the attempt to the browser. */
  readonly browser: string;
  /** The invite that whoever comes back accepts, or null. */
  readonly inviteId: string | null;
}

/** Makes an attempt to sign in at the identity provider of an organization. */
@Injectable()
export class BeginOidcLogin {
  constructor(
    private readonly db: OrgDb,
    private readonly findSignIn: FindOidcSignIn,
    private readonly clients: OidcClients,
    private readonly secretBox: SecretBox,
    private readonly publicUrl: PublicUrl,
    private readonly auditBuffer: AuditBuffer,
  ) {}

  /**
   * @returns the URL of the provider
   * @throws AppError login_disabled, sso_failed
   */
  async execute(ctx: Ctx, { returnTo, browser, inviteId }: BeginningLogin): Promise<string> {
    const signIn = await this.findSignIn.run(ctx);
    if (!signIn) throw new AppError('login_disabled');
    const { policy, provider } = signIn;
    const client = await this.clientOf(ctx, provider);
    const state = oidc.randomState();
    const attempt: LoginAttempt = {
      verifier: oidc.randomPKCECodeVerifier(),
      nonce: oidc.randomNonce(),
      returnTo,
      inviteId,
      browserHash: browserHash(browser),
    };
    const url = oidc.buildAuthorizationUrl(client, {
      redirect_uri: callbackUrl(this.publicUrl, policy.login_path),
      scope: provider.config.scopes.join(' '),
      code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
      state,
      nonce: attempt.nonce,
    });
    await this.keep(ctx, provider.id, state, attempt);
    return url.href;
  }

  private async clientOf(ctx: Ctx, provider: ConfiguredProvider): Promise<oidc.Configuration> {
    try {
      return await this.clients.of(provider);
    } catch (error) {
      await this.auditBuffer.mustRecord(ctx, {
        action: 'session.refuse',
        result: 'denied',
        reason: 'provider unreachable',
      });
      throw new AppError('sso_failed', { cause: error });
    }
  }

  // No change that anybody could want to see: the audit trail hears of a login when it ends.
  private keep(ctx: Ctx, providerId: string, state: string, attempt: LoginAttempt): Promise<void> {
    const id = uuidv7();
    const sealed = this.secretBox.seal(JSON.stringify(attempt), attemptContext(id));
    return this.db.write(ctx, async (tx) => {
      await tx.run(sql`delete from login_attempt where org_id = ${ctx.orgId} and expires_at < now()`);
      await tx.run(sql`
        insert into login_attempt (org_id, id, identity_provider_id, state_hash, sealed, expires_at)
        values (${ctx.orgId}, ${id}, ${providerId}, ${hashOf(state)}, ${sealed},
                now() + make_interval(secs => ${LOGIN_ATTEMPT_SECONDS}))`);
    });
  }
}

/** Where a provider sends the browser back to; registered there to the letter. */
export function callbackUrl(publicUrl: PublicUrl, loginPath: string): string {
  return `${publicUrl.origin}/v0/authenticate/${loginPath}/callback`;
}
