import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { ANONYMOUS, AppError, isStorableText, type Ctx, type Principal } from '@portolan/kernel';
import type { FastifyRequest } from 'fastify';
import { decide } from '../decide';
import { FindRegistry, type FoundRegistry } from '../find-registry.query';
import { NO_ACCESS } from '../rbac/access';
import type { Permission } from '../rbac/permissions';
import { RecordDenial } from '../record-denial.service';
import { Authenticate, type Refused, type SignedIn } from '../tokens/authenticate.query';
import { setCaller } from './caller';
import { PUBLIC } from './public.decorator';
import { REQUIRES } from './requires.decorator';

interface RegistryParams {
  readonly organization?: string;
  readonly registryIdentifier?: string;
}

const REFUSALS = { suspended: 'organization_suspended', hide: 'registry_not_found', deny: 'forbidden' } as const;

/** The one guard: default deny, one decision for every route. */
@Injectable()
export class AuthGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticate: Authenticate,
    private readonly findRegistry: FindRegistry,
    private readonly recordDenial: RecordDenial,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const targets = [context.getHandler(), context.getClass()];
    if (this.reflector.getAllAndOverride<boolean | undefined>(PUBLIC, targets)) return true;
    const permission = this.reflector.getAllAndOverride<Permission | undefined>(REQUIRES, targets);
    if (!permission) throw new Error('a route without a permission was reached');
    const request = context.switchToHttp().getRequest<FastifyRequest>();

    const credential = bearerToken(request);
    const answer = credential === null ? null : await this.authenticate.run(credential, request.id);
    const signedIn = answer?.outcome === 'signed-in' ? answer : null;
    const registry = await this.registryOf(request, signedIn);
    const decision = decide(signedIn, permission, registry);

    switch (decision) {
      case 'allow':
      case 'allow-as-public':
        setCaller(request, {
          ctx: contextOf(request, registry?.org_id ?? signedIn?.orgId ?? '', this.principal(signedIn, registry)),
          access: decision === 'allow' && signedIn ? signedIn.access : NO_ACCESS,
          registry: registry ?? null,
        });
        return true;
      case 'sign-in':
        await this.auditRefusedToken(request, answer?.outcome === 'refused' ? answer : null);
        throw unauthenticated(credential !== null);
      case 'suspended':
      case 'hide':
      case 'deny':
        await this.auditDenial(request, signedIn, permission, registry);
        throw new AppError(REFUSALS[decision]);
    }
  }

  private registryOf(request: FastifyRequest, signedIn: SignedIn | null): Promise<FoundRegistry | undefined | null> {
    const { organization, registryIdentifier } = request.params as RegistryParams;
    if (registryIdentifier === undefined) return Promise.resolve(null);
    if (!isStorableText(registryIdentifier + (organization ?? ''))) return Promise.resolve(undefined);
    if (organization !== undefined) return this.findRegistry.byNames(organization, registryIdentifier);
    return this.findRegistry.byIdentifier(signedIn, registryIdentifier);
  }

  // A member of another organization reads a public registry as a stranger does.
  private principal(signedIn: SignedIn | null, registry: FoundRegistry | undefined | null): Principal {
    return signedIn && (!registry || registry.org_id === signedIn.orgId) ? signedIn.principal : ANONYMOUS;
  }

  private async auditRefusedToken(request: FastifyRequest, refused: Refused | null): Promise<void> {
    if (!refused?.owner) return;
    const ctx = contextOf(request, refused.owner.orgId, refused.owner.principal);
    await this.recordDenial.execute(ctx, {
      action: 'token.refuse',
      reason: refused.reason,
      ...(refused.owner.principal.tokenId === null ? {} : { targetId: refused.owner.principal.tokenId }),
    });
  }

  private async auditDenial(
    request: FastifyRequest,
    signedIn: SignedIn | null,
    permission: Permission,
    registry: FoundRegistry | undefined | null,
  ): Promise<void> {
    if (!signedIn) return;
    const own = registry?.org_id === signedIn.orgId ? registry : undefined;
    await this.recordDenial.execute(contextOf(request, signedIn.orgId, signedIn.principal), {
      action: 'permission.deny',
      reason: permission,
      targetName: `${request.method} ${auditablePath(request.url)}`,
      ...(own ? { registryId: own.id } : {}),
    });
  }
}

function bearerToken(request: FastifyRequest): string | null {
  const header = request.headers.authorization;
  if (header === undefined) return null;
  // Anything else than a bearer token is a credential too, only not one of ours.
  return /^bearer +(\S+)$/i.exec(header)?.[1] ?? '';
}

/** The path without what may hold a secret: the query, and what follows `~` in an identifier. */
function auditablePath(url: string): string {
  return (url.split('?')[0] ?? '').replace(/(?:~|%7e)[^/]*/gi, '~');
}

function contextOf(request: FastifyRequest, orgId: string, principal: Principal): Ctx {
  return {
    orgId,
    principal,
    traceId: request.id,
    // A zone names an interface of this machine and is no part of an address.
    address: request.ip.replace(/%.*$/, ''),
    userAgent: request.headers['user-agent'] ?? null,
  };
}

function unauthenticated(presented: boolean): AppError {
  return new AppError('unauthenticated', {
    headers: { 'WWW-Authenticate': `Bearer realm="portolan"${presented ? ', error="invalid_token"' : ''}` },
  });
}
