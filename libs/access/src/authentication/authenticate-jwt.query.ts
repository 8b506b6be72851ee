import { Injectable } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import { systemCtx, type Principal } from '@portolan/kernel';
import { AddSubject, subjectIdOf } from '../issuers/add-subject.service';
import { FindSubject } from '../issuers/find-subject.query';
import { matchingRules, policyProblem, type ClaimRule } from '../issuers/issuer-policy';
import type { JwtClaims } from '../issuers/jwt-claims';
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

type Registry = NonNullable<Presented['registry']>;

/** A token, and what it says before anybody has verified it. */
interface Shown {
  readonly text: string;
  readonly iss: string;
  readonly aud: readonly string[];
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
   * The organization is the one of the registry that is asked for, if that one takes the token, else the only one that
   * does. A registry that the token's subject may not know of must make no difference: it is answered like none.
   */
  async run(text: string, presented: Presented): Promise<SignedIn | Refused> {
    const said = peekJwt(text);
    if (said === null) return refused('malformed');
    const shown = { text, ...said };
    const { registry } = presented;
    const here = registry === null ? null : await this.signInHere(shown, presented, registry);
    if (registry !== null && here?.outcome === 'signed-in' && (here.unscoped ?? here.access).knows(registry.id))
      return here;
    const elsewhere = await this.signInAnywhere(shown, presented);
    return here && isBetterRefusal(here, elsewhere) ? here : elsewhere;
  }

  private async signInHere(shown: Shown, presented: Presented, registry: Registry): Promise<SignedIn | Refused | null> {
    const bases = this.basesOf(registry);
    const issuers = await this.issuersOf(shown, registry.org_id, presented);
    const issuer = issuers.find(({ audiences }) => shown.aud.some((one) => [...audiences, ...bases].includes(one)));
    return issuer ? this.signIn(shown, presented, issuer, { registry, bases }) : null;
  }

  private async signInAnywhere(shown: Shown, presented: Presented): Promise<SignedIn | Refused> {
    const [issuer, ...others] = await this.issuersOf(shown, null, presented);
    if (!issuer) return refused('unknown issuer');
    return others.length > 0 ? refused('ambiguous issuer') : this.signIn(shown, presented, issuer);
  }

  private issuersOf({ iss, aud }: Shown, orgId: string | null, { address }: Presented): Promise<TrustedIssuer[]> {
    return this.system.call<TrustedIssuer>(
      sql`select * from find_trusted_issuers(${iss}, ${aud}::text[], ${orgId}::uuid, ${address}::inet)`,
    );
  }

  private async signIn(
    { text, iss }: Shown,
    { traceId }: Presented,
    issuer: TrustedIssuer,
    place: { readonly registry: Registry; readonly bases: readonly string[] } | null = null,
  ): Promise<SignedIn | Refused> {
    const { org_id: orgId, issuer_id: issuerId, claim_rules: claimRules } = issuer;
    const verified = await this.verifyJwt.run(text, iss);
    if (!verified.ok)
      return refused(verified.reason, verified.subject === null ? null : ownerOf(issuer, verified.subject));
    const { claims } = verified;
    const problem = policyProblem(claims, {
      audiences: [...issuer.audiences, ...(place?.bases ?? [])],
      maxLifetimeSeconds: issuer.max_lifetime_seconds,
      claimRules,
    });
    if (problem !== null) return refused(problem, ownerOf(issuer, claims.sub));
    if (!issuer.address_allowed) return refused(WRONG_ADDRESS, ownerOf(issuer, claims.sub));

    const rules = matchingRules(claims, claimRules);
    const ctx = systemCtx(orgId, 'authentication', traceId);
    const teamIds = rules.flatMap(({ team_id: teamId }) => teamId ?? []);
    const subject = await this.findSubject.run(ctx, issuerId, claims.sub, teamIds);
    // Some issuers vouch for everybody in the world: whoever gets nothing leaves nothing behind.
    if (subject.id === null && rules.length > 0) await this.addSubject.execute(ctx, issuerId, claims.sub);
    const assignments = [...rules.flatMap(({ role }) => role ?? []), ...subject.assignments];
    const registryId = isForAll(claims, issuer) ? null : (place?.registry.id ?? null);
    const { scopes } = claims;
    return {
      outcome: 'signed-in',
      orgId,
      orgName: issuer.org_name,
      orgState: issuer.org_state,
      suspendedReason: issuer.suspended_reason,
      rateLimits: issuer.rate_limits,
      principal: principalOf(issuer, claims.sub, subject.id ?? subjectIdOf(issuerId, claims.sub)),
      access: accessOf(assignments, { scopes, registryId }),
      ...(scopes === null ? {} : { unscoped: accessOf(assignments, { scopes: null, registryId }) }),
    };
  }

  /** A token that is made for one of these is good for that registry alone. */
  private basesOf({ id, name, org_name: organization }: Registry): string[] {
    const paths = [`registries/${id}`, `v0/registries/${id}`, `v0/mcp-registries/${id}`];
    return [...paths, `o/${organization}/registries/${name}`].map((path) => `${this.publicUrl.origin}/${path}`);
  }
}

function isForAll({ aud }: JwtClaims, { audiences }: TrustedIssuer): boolean {
  return aud.every((one) => audiences.includes(one));
}

/** One that the audit trail can tell somebody, where the caller learns nothing from it. */
function isBetterRefusal(here: SignedIn | Refused, elsewhere: SignedIn | Refused): here is Refused {
  if (here.outcome !== 'refused' || elsewhere.outcome !== 'refused') return false;
  return here.reason !== WRONG_ADDRESS && here.owner !== null && elsewhere.owner === null;
}

function ownerOf(issuer: TrustedIssuer, subject: string): Refused['owner'] {
  return { orgId: issuer.org_id, principal: principalOf(issuer, subject, null) };
}

function principalOf({ issuer_name: issuer }: TrustedIssuer, subject: string, id: string | null): Principal {
  const name = [...`${issuer}/${subject}`].slice(0, NAME_LENGTH_MAX).join('');
  return { type: 'jwt_subject', id, name, tokenId: null };
}
