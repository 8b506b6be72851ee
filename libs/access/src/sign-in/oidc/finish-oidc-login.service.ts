import { Injectable } from '@nestjs/common';
import { AuditBuffer } from '@portolan/audit';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { SecretBox } from '@portolan/vault';
import { FindLoginPath } from '../find-login-path.query';
import { openSession, signingIn, type OpenedSession } from '../sessions/open-session';
import { ReplaceSession } from '../sessions/replace-session.service';
import { policyRefusal } from '../sign-in-policy';
import { contextFor, type Visitor } from '../visitor';
import { FindOidcSignIn, type OidcSignIn } from './find-sign-in.query';
import { attemptContext, hashOf, isSameBrowser, type LoginAttempt } from './login-attempt';
import { IdentifyAtProvider } from './identify-at-provider.query';
import type { ProviderIdentity } from './provider-identity';
import { resolveUser, settleUser } from './resolve-user';
import { SsoFailure } from './sso-failure';
import { syncTeams } from './sync-teams';

export interface OidcCallback {
  readonly loginPath: string;
  /** What the provider put into the URL; null unless it is there once. */
  readonly state: string | null;
  /** The query as it came, with its `?`. */
  readonly search: string;
  /** The cookie that binds the attempt to the browser. */
  readonly browser: string | null;
}

interface AttemptRow {
  readonly id: string;
  readonly identity_provider_id: string;
  readonly sealed: string;
}

const ATTEMPTS_MAX = 3;

/** Signs in whom an identity provider sends back. */
@Injectable()
export class FinishOidcLogin {
  constructor(
    private readonly db: OrgDb,
    private readonly findLoginPath: FindLoginPath,
    private readonly findSignIn: FindOidcSignIn,
    private readonly identifyAtProvider: IdentifyAtProvider,
    private readonly secretBox: SecretBox,
    private readonly replaceSession: ReplaceSession,
    private readonly auditBuffer: AuditBuffer,
  ) {}

  /**
   * @throws AppError login_path_not_found, sso_failed; once the provider has vouched for somebody
   * organization_suspended, address_not_allowed, login_disabled
   */
  async execute(visitor: Visitor, callback: OidcCallback): Promise<{ session: OpenedSession; returnTo: string }> {
    const orgId = await this.findLoginPath.run(callback.loginPath);
    if (orgId === null) throw new AppError('login_path_not_found');
    const ctx = contextFor(visitor, orgId);
    try {
      const { attempt, providerId } = await this.takeAttempt(ctx, callback);
      const signIn = await this.findSignIn.run(ctx);
      if (signIn?.provider.id !== providerId) throw new SsoFailure('provider changed');
      const identity = await this.identifyAtProvider.run(signIn, callback, attempt);
      const refusal = policyRefusal(signIn.policy);
      if (refusal) throw refusal;
      const session = await this.open(visitor, orgId, signIn, identity, attempt.inviteId);
      await this.replaceSession.execute(visitor);
      return { session, returnTo: attempt.returnTo };
    } catch (error) {
      if (error instanceof AppError && error.status >= 500) throw error;
      const reason = reasonOf(error);
      if (reason === null) throw error;
      await this.auditBuffer.mustRecord(ctx, { action: 'session.refuse', result: 'denied', reason });
      throw error instanceof SsoFailure ? error.toAppError() : error;
    }
  }

  // Taken before anything else is looked at: what a browser brings back is good for one try.
  private async takeAttempt(
    ctx: Ctx,
    { state, browser }: OidcCallback,
  ): Promise<{ attempt: LoginAttempt; providerId: string }> {
    if (state === null) throw new SsoFailure('no state');
    const row = await this.db.write(ctx, (tx) =>
      tx.row<AttemptRow>(sql`
        delete from login_attempt
        where org_id = ${ctx.orgId} and state_hash = ${hashOf(state)} and expires_at > now()
        returning id, identity_provider_id, sealed`),
    );
    if (!row) throw new SsoFailure('unknown state');
    const attempt = JSON.parse(this.secretBox.open(row.sealed, attemptContext(row.id))) as LoginAttempt;
    if (!isSameBrowser(attempt, browser)) throw new SsoFailure('another browser');
    return { attempt, providerId: row.identity_provider_id };
  }

  private async open(
    visitor: Visitor,
    orgId: string,
    { policy, provider }: OidcSignIn,
    identity: ProviderIdentity,
    inviteId: string | null,
  ): Promise<OpenedSession> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const user = await this.db.read(contextFor(visitor, orgId), (tx) =>
        resolveUser(tx, provider.id, identity, inviteId),
      );
      const session = await this.db
        .write(contextFor(visitor, orgId, signingIn(user)), async (tx) => {
          if (!(await settleUser(tx, provider.id, identity, user))) throw new MovedGround();
          if (policy.idp_mapping_enabled) await syncTeams(tx, user, provider.id, identity.groups ?? []);
          const opened = await openSession(tx, 'oidc');
          await requireEnabled(tx, provider.id);
          return opened;
        })
        .catch(nullIfMoved);
      if (session !== null) return session;
    }
    throw new SsoFailure('conflict');
  }
}

// Behind the lock of the session, for which changes of the provider wait.
async function requireEnabled(tx: Tx, providerId: string): Promise<void> {
  const enabled = await tx.row(
    sql`select 1 from identity_provider where org_id = ${tx.ctx.orgId} and id = ${providerId} and enabled`,
  );
  if (!enabled) throw new SsoFailure('provider changed');
}

/** Rolls back what was settled on ground that has moved. */
class MovedGround extends Error {}

function nullIfMoved(error: unknown): null {
  if (error instanceof MovedGround) return null;
  throw error;
}

/** What the audit trail says of a failure, or null for one that is ours. */
function reasonOf(error: unknown): string | null {
  if (error instanceof SsoFailure) return error.reason;
  return error instanceof AppError ? error.code : null;
}
