import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { SecretBox } from '@portolan/vault';
import * as oidc from 'openid-client';
import { v7 as uuidv7 } from 'uuid';
import { PublicUrl } from '../../public-url';
import { RecordDenial } from '../../record-denial.service';
import { FindLoginPath } from '../find-login-path.query';
import { contextFor, type Visitor } from '../visitor';
import { FindOidcSignIn } from './find-sign-in.query';
import { attemptContext, browserHash, hashOf, LOGIN_ATTEMPT_SECONDS, type LoginAttempt } from './login-attempt';
import { OidcClients, type ConfiguredProvider } from './oidc-clients';

export interface OidcLoginStart {
  readonly loginPath: string;
  /** A path of ours. */
  readonly returnTo: string;
  /** The cookie that binds the attempt to the browser. */
  readonly browser: string;
}

/** Sends a browser to its organization's identity provider. */
@Injectable()
export class StartOidcLogin {
  constructor(
    private readonly db: OrgDb,
    private readonly findLoginPath: FindLoginPath,
    private readonly findSignIn: FindOidcSignIn,
    private readonly clients: OidcClients,
    private readonly secretBox: SecretBox,
    private readonly publicUrl: PublicUrl,
    private readonly recordDenial: RecordDenial,
  ) {}

  /**
   * @returns the URL of the provider
   * @throws AppError login_path_not_found, login_disabled, sso_failed
   */
  async execute(visitor: Visitor, start: OidcLoginStart): Promise<string> {
    const orgId = await this.findLoginPath.run(start.loginPath);
    if (orgId === null) throw new AppError('login_path_not_found');
    const ctx = contextFor(visitor, orgId);
    const signIn = await this.findSignIn.run(ctx);
    if (!signIn) throw new AppError('login_disabled');
    const client = await this.clientOf(ctx, signIn.provider);
    const state = oidc.randomState();
    const attempt: LoginAttempt = {
      verifier: oidc.randomPKCECodeVerifier(),
      nonce: oidc.randomNonce(),
      returnTo: start.returnTo,
      browserHash: browserHash(start.browser),
    };
    const url = oidc.buildAuthorizationUrl(client, {
      redirect_uri: callbackUrl(this.publicUrl, start.loginPath),
      scope: signIn.provider.config.scopes.join(' '),
      code_challenge: await oidc.calculatePKCECodeChallenge(attempt.verifier),
      code_challenge_method: 'S256',
      state,
      nonce: attempt.nonce,
    });
    await this.keep(ctx, signIn.provider.id, state, attempt);
    return url.href;
  }

  private async clientOf(ctx: Ctx, provider: ConfiguredProvider): Promise<oidc.Configuration> {
    try {
      return await this.clients.of(provider);
    } catch (error) {
      await this.recordDenial.execute(ctx, { action: 'session.refuse', reason: 'provider unreachable' });
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
