import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ANONYMOUS, AppError, isStorableText, type Principal } from '@portolan/kernel';
import type { FastifyRequest } from 'fastify';
import { Authenticate } from '../authentication/authenticate.query';
import type { Credential, Presented } from '../authentication/credential';
import { refused, WRONG_ADDRESS, type Refused, type SignedIn } from '../authentication/signed-in';
import { decide } from '../decide';
import { FindRegistry, type FoundRegistry } from '../find-registry.query';
import { Limits } from '../limits/limits.service';
import { PublicUrl } from '../public-url';
import { NO_ACCESS, type Access } from '../rbac/access';
import type { Permission } from '../rbac/permissions';
import { setCaller } from './caller';
import { isCounted } from './counted';
import { addressOf, credentialOf, registryPathOf, type RegistryPath } from './credentials';
import { isOwnPage } from './csrf';
import { DecisionTrail } from './decision-trail';
import { limitClassOf } from './limit-class';
import { LIMITED, type Limit } from './limited.decorator';
import { PUBLIC } from './public.decorator';
import { contextOf, originOf, principalOf } from './request-context';
import { REQUIRES } from './requires.decorator';
import { challengeOf } from './resource-metadata';

const THROTTLED = 'throttled';
const OPERATOR: Principal = { type: 'operator', id: null, name: 'operator', tokenId: null };

/** What a path names as far as that can be known without the caller. */
type Place = Pick<Presented, 'organization' | 'registry'>;

/** What the credential of a request turned out to be. */
interface Shown {
  /** Null: there is none. */
  readonly kind: Credential['kind'] | null;
  readonly signedIn: SignedIn | null;
  readonly refused: Refused | null;
  readonly registry: FoundRegistry | undefined | null;
}

/** The one guard: default deny, one decision for every route. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticate: Authenticate,
    private readonly findRegistry: FindRegistry,
    private readonly limits: Limits,
    private readonly publicUrl: PublicUrl,
    private readonly trail: DecisionTrail,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const named = this.reflector.getAllAndOverride<Limit | undefined>(LIMITED, targets);
    const limitClass = isCounted(request)
      ? null
      : named === undefined
        ? limitClassOf(request)
        : typeof named === 'function'
          ? named(request)
          : named;
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets)) {
      if (limitClass !== null) await this.limits.takeRequest(limitClass, null, addressOf(request));
      return true;
    }
    const permission = this.reflector.getAllAndOverride<Permission | undefined>(REQUIRES, targets);
    if (!permission) throw new Error('a route without a permission was reached');

    const credential = credentialOf(request);
    if (this.isOperator(request, credential, permission)) return true;
    const path = registryPathOf(request);
    const isNobody = credential === null && path?.secret == null;
    // Nothing is looked up for a stranger who asks too often.
    if (limitClass !== null && isNobody) await this.limits.takeRequest(limitClass, null, addressOf(request));
    const shown = path?.secret == null ? await this.show(request, credential, path) : await this.open(request, path);
    if (limitClass !== null && !isNobody) await this.limits.takeRequest(limitClass, shown.signedIn, addressOf(request));
    return this.admit(request, permission, shown);
  }

  // Whoever operates the platform is nobody inside an organization.
  private isOperator(request: FastifyRequest, credential: Credential | null, permission: Permission): boolean {
    if (permission !== 'platform:operate' || credential === null || !this.authenticate.isOperator(credential))
      return false;
    setCaller(request, { ctx: contextOf(request, '', OPERATOR), access: NO_ACCESS, registry: null });
    return true;
  }

  private async admit(request: FastifyRequest, permission: Permission, shown: Shown): Promise<boolean> {
    const { signedIn, registry } = shown;
    const decision = decide(signedIn, permission, registry);
    switch (decision) {
      case 'allow':
      case 'allow-as-public':
        if (decision === 'allow' && !isOwnPage(request, signedIn?.csrfToken, this.publicUrl.origin)) {
          await this.auditDenial(request, shown, 'csrf_token_invalid');
          throw new AppError('csrf_token_invalid');
        }
        await this.letIn(request, permission, shown, decision === 'allow' && signedIn ? signedIn.access : NO_ACCESS);
        return true;
      case 'sign-in':
        await this.auditRefused(request, shown);
        if (shown.refused?.reason === THROTTLED) throw this.limits.tooManyFailures(addressOf(request));
        if (shown.refused?.reason === WRONG_ADDRESS) throw new AppError('address_not_allowed');
        throw new AppError('unauthenticated', {
          headers: { 'WWW-Authenticate': challengeOf(request, this.publicUrl.origin, shown.kind !== null) },
        });
      case 'suspended':
        await this.auditDenial(request, shown, permission);
        throw suspended(signedIn?.suspendedReason ?? null);
      case 'hide':
      case 'deny':
        await this.auditDenial(request, shown, permission);
        if (signedIn?.unscoped && decide({ ...signedIn, access: signedIn.unscoped }, permission, registry) === 'allow')
          throw new AppError('insufficient_scope', {
            headers: { 'WWW-Authenticate': challengeOf(request, this.publicUrl.origin, 'insufficient_scope') },
          });
        throw new AppError(decision === 'hide' ? 'registry_not_found' : 'forbidden');
    }
  }

  /** Who the headers of a request speak for, and the registry of its path as that caller names it. */
  private async show(
    request: FastifyRequest,
    credential: Credential | null,
    path: RegistryPath | null,
  ): Promise<Shown> {
    // Which organization a JWT is good for can depend on the registry that is asked for.
    const known = credential?.kind === 'jwt' && path !== null ? await this.registryOf(request, path, null) : undefined;
    const place = { organization: path?.organization ?? null, registry: known ?? null };
    const answer = credential === null ? null : await this.checked(request, credential, place);
    const signedIn = answer?.outcome === 'signed-in' ? answer : null;
    return {
      kind: credential?.kind ?? null,
      signedIn,
      refused: answer?.outcome === 'refused' ? answer : null,
      registry: path === null ? null : await this.registryOf(request, path, signedIn),
    };
  }

  /** What the secret in a path opens. No header counts beside it: clients send along what they have for others. */
  private async open(request: FastifyRequest, { organization, identifier, secret }: RegistryPath): Promise<Shown> {
    const credential: Credential = { kind: 'capability_url', text: secret ?? '' };
    const presented = presentedBy(request, { organization: organization ?? null, registry: null });
    const known = isRead(request)
      ? this.authenticate.rememberedUrl(credential.text, { organization, identifier }, presented.address)
      : undefined;
    if (known) return { kind: credential.kind, signedIn: known, refused: null, registry: known.registry };
    if (!(await this.limits.mayTry(credential, addressOf(request))))
      return { kind: credential.kind, signedIn: null, refused: refused(THROTTLED), registry: undefined };
    const answer = await this.authenticate.openUrl(credential.text, { organization, identifier }, presented);
    await this.noteOutcome(request, credential, answer);
    if (answer.outcome === 'refused')
      return { kind: credential.kind, signedIn: null, refused: answer, registry: undefined };
    return { kind: credential.kind, signedIn: answer, refused: null, registry: answer.registry };
  }

  private async checked(request: FastifyRequest, credential: Credential, place: Place): Promise<SignedIn | Refused> {
    const presented = presentedBy(request, place);
    const known = isRead(request) ? this.authenticate.remembered(credential, presented) : undefined;
    if (known) return known;
    if (!(await this.limits.mayTry(credential, addressOf(request)))) return refused(THROTTLED);
    const answer = await this.authenticate.run(credential, presented);
    await this.noteOutcome(request, credential, answer);
    return answer;
  }

  // What is no credential of ours cost nothing: VS Code sends its user's GitHub token to every registry.
  private async noteOutcome(
    request: FastifyRequest,
    credential: Credential,
    answer: SignedIn | Refused,
  ): Promise<void> {
    if (answer.outcome === 'refused' && answer.reason === 'malformed') return;
    await this.limits.noteCredential(credential, addressOf(request), answer.outcome === 'signed-in');
  }

  private registryOf(
    request: FastifyRequest,
    { organization, identifier }: RegistryPath,
    signedIn: SignedIn | null,
  ): Promise<FoundRegistry | undefined> {
    if (!isStorableText(identifier + (organization ?? ''))) return Promise.resolve(undefined);
    const remember = isRead(request);
    if (organization !== undefined) return this.findRegistry.byNames(organization, identifier, remember);
    return this.findRegistry.byIdentifier(signedIn, identifier, remember);
  }

  private async letIn(
    request: FastifyRequest,
    permission: Permission,
    { signedIn, registry }: Shown,
    access: Access,
  ): Promise<void> {
    const ctx = contextOf(request, registry?.org_id ?? signedIn?.orgId ?? '', principalOf(signedIn, registry));
    setCaller(request, { ctx, access, registry: registry ?? null });
    if (ctx.principal !== ANONYMOUS) await this.trail.granted(ctx, request, permission, registry?.id);
  }

  private async auditRefused(request: FastifyRequest, { refused: answer, kind }: Shown): Promise<void> {
    if (!answer?.owner || kind === null) return;
    const { principal, orgId } = answer.owner;
    await this.trail.refused(contextOf(request, orgId, principal), kind, answer.reason);
  }

  private async auditDenial(request: FastifyRequest, shown: Shown, reason: string): Promise<void> {
    const { signedIn, registry } = shown;
    if (!signedIn) return;
    const own = registry?.org_id === signedIn.orgId ? registry : undefined;
    await this.trail.denied(contextOf(request, signedIn.orgId, signedIn.principal), request, reason, own?.id);
  }
}

// Who wants to change something is looked up each time: another process may hear of a change a moment later.
function isRead({ method }: FastifyRequest): boolean {
  return method === 'GET' || method === 'HEAD';
}

function presentedBy(request: FastifyRequest, place: Place): Presented {
  return { ...originOf(request), ...place };
}

function suspended(reason: string | null): AppError {
  return reason === null
    ? new AppError('organization_suspended')
    : new AppError('organization_suspended', { detail: `The organization is suspended: ${reason}` });
}
