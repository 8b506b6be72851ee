import { Injectable } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import { isStorableText, systemCtx, type Principal } from '@portolan/kernel';
import type { FoundRegistry } from '../find-registry.query';
import { AddSubject, subjectIdOf } from '../issuers/add-subject.service';
import { FindSubject } from '../issuers/find-subject.query';
import { basesOf, isReserved, organizationOf } from '../issuers/audience';
import { matchingRules, policyProblem, type ClaimRule } from '../issuers/issuer-policy';
import type { Bearer } from '../issuers/jwt-claims';
import { peekJwt } from '../issuers/jwt-text';
import { VerifyJwt } from '../issuers/verify-jwt';
import type { RateLimitSettings } from '../limits/rate-limit-settings';
import { PublicUrl } from '../public-url';
import { accessOf } from '../rbac/access';
import type { Presented } from './credential';
import { refused, WRONG_ADDRESS, type Refused, type SignedIn } from './signed-in';

const NAME_LENGTH_MAX = 250;

interface TrustedIssuer {
  readonly org_id: string;
  readonly org_name: string;
  readonly org_state: 'active' | 'suspended';
  readonly suspended_reason: string | null;
  readonly rate_limits: RateLimitSettings;
  readonly address_allowed: boolean;
  readonly issuer_id: string;
  readonly issuer_name: string;
  readonly audiences: readonly string[];
  readonly claim_rules: readonly ClaimRule[];
  readonly max_lifetime_seconds: number;
}

/** Whom a token turns to, by its audience or else by the path that it is shown at. */
interface Addressee {
  /** Name of the organization. */
  readonly organization: string;
  /** What the token has to be for; undefined: what the issuer is trusted for. */
  readonly audiences?: readonly string[];
  /** The registry that leads to the organization; who may not know it must not learn from this that it is there. */
  readonly shown: FoundRegistry | null;
}

/** Who a JWT of a trusted issuer speaks for. */
@Injectable()
export class AuthenticateJwt {
  constructor(
    private readonly system: SystemDb,
    private readonly verifyJwt: VerifyJwt,
    private readonly findSubject: FindSubject,
    private readonly addSubject: AddSubject,
    private readonly publicUrl: PublicUrl,
  ) {}

  /**
   * An audience of an organization's own leads there from everywhere. Any other is good only where the path names the
   * organization: several may take it, and none may get or turn away what is meant for another one.
   */
  async run(text: string, presented: Presented): Promise<SignedIn | Refused> {
    const said = peekJwt(text);
    const audience = said?.aud[0];
    if (said === null || audience === undefined) return refused('malformed');
    const addressee = addresseeOf(this.publicUrl.origin, audience, presented);
    if (addressee === null || ![said.iss, audience, addressee.organization].every(isStorableText))
      return refused('for nobody here');
    const [issuer] = await this.system.call<TrustedIssuer>(
      sql`select * from find_trusted_issuer(${addressee.organization}, ${said.iss}, ${audience},
                                            ${presented.address}::inet)`,
    );
    if (!issuer || !(addressee.audiences ?? issuer.audiences).includes(audience)) return refused('unknown issuer');
    return this.signIn({ text, iss: said.iss }, presented, issuer, addressee);
  }

  private async signIn(
    { text, iss }: { readonly text: string; readonly iss: string },
    { requestId }: Presented,
    issuer: TrustedIssuer,
    { audiences, shown }: Addressee,
  ): Promise<SignedIn | Refused> {
    const { org_id: orgId, issuer_id: issuerId, claim_rules: claimRules } = issuer;
    const verified = await this.verifyJwt.run(text, iss);
    if (!verified.ok)
      return refused(verified.reason, verified.bearer === null ? null : ownerOf(issuer, verified.bearer));
    const { claims } = verified;
    const owner = ownerOf(issuer, claims);
    const problem = policyProblem(claims, {
      audiences: audiences ?? issuer.audiences,
      maxLifetimeSeconds: issuer.max_lifetime_seconds,
      claimRules,
    });
    if (problem !== null) return refused(problem, owner);

    const rules = matchingRules(claims, claimRules);
    const ctx = systemCtx(orgId, 'authentication', requestId);
    const teamIds = rules.flatMap(({ team_id: teamId }) => teamId ?? []);
    const subject = await this.findSubject.run(ctx, issuerId, claims.sub, teamIds);
    const assignments = [...rules.flatMap(({ role }) => role ?? []), ...subject.assignments];
    // A token for the URL of a registry is good for that one alone.
    const registryId = audiences === undefined ? null : (shown?.id ?? null);
    const unscoped = accessOf(assignments, { scopes: null, registryId });
    // Answered like a registry that is not there, so before anything that only members are told.
    if (shown?.visibility === 'private' && !unscoped.knows(shown.id)) return refused('no role on the registry', owner);
    if (!issuer.address_allowed) return refused(WRONG_ADDRESS, owner);
    // Some issuers vouch for everybody in the world: whoever gets nothing leaves nothing behind.
    if (subject.id === null && rules.length > 0) await this.addSubject.execute(ctx, issuerId, claims.sub);
    const { scopes } = claims;
    return {
      outcome: 'signed-in',
      orgId,
      orgName: issuer.org_name,
      orgState: issuer.org_state,
      suspendedReason: issuer.suspended_reason,
      rateLimits: issuer.rate_limits,
      principal: { ...owner.principal, id: subject.id ?? owner.principal.id },
      access: accessOf(assignments, { scopes, registryId }),
      goodForMs: this.verifyJwt.remainingMs(claims),
      ...(scopes === null ? {} : { unscoped }),
      ...(assignments.length > 0 ? {} : { stranger: true }),
    };
  }
}

function addresseeOf(origin: string, audience: string, { organization, registry }: Presented): Addressee | null {
  const owner = organizationOf(origin, audience);
  if (owner !== null) return { organization: owner, shown: null };
  if (isReserved(origin, audience)) {
    const audiences = registry === null ? [] : basesOf(origin, registry);
    return registry !== null && audiences.includes(audience)
      ? { organization: registry.org_name, audiences, shown: registry }
      : null;
  }
  if (organization !== null) return { organization, shown: null };
  return registry === null ? null : { organization: registry.org_name, shown: registry };
}

function ownerOf(issuer: TrustedIssuer, { sub, actor }: Bearer): NonNullable<Refused['owner']> {
  const { org_id: orgId, issuer_id: issuerId, issuer_name: issuerName } = issuer;
  const nameOf = (subject: string) => [...`${issuerName}/${subject}`].slice(0, NAME_LENGTH_MAX).join('');
  const principal: Principal = {
    type: 'jwt_subject',
    id: subjectIdOf(issuerId, sub),
    name: nameOf(sub),
    tokenId: null,
    ...(actor === null ? {} : { actor: nameOf(actor) }),
  };
  return { orgId, principal };
}
