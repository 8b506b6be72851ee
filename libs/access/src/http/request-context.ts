import { ANONYMOUS, type Ctx, type Origin, type Principal } from '@portolan/kernel';
import type { FastifyRequest } from 'fastify';
import type { SignedIn } from '../authentication/signed-in';
import type { FoundRegistry } from '../find-registry.query';
import { addressOf } from './credentials';

const TRACEPARENT = /^[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}(?:-|$)/;

export type RequestOrigin = Origin & { readonly address: string };

export function originOf(request: FastifyRequest): RequestOrigin {
  const { traceparent, 'user-agent': userAgent } = request.headers;
  return {
    requestId: request.id,
    traceId: (typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent)?.[1] : null) ?? null,
    address: addressOf(request),
    userAgent: userAgent ?? null,
  };
}

/** The context of a request once it is known for whom it acts. */
export function contextOf(request: FastifyRequest, orgId: string, principal: Principal): Ctx {
  return { orgId, principal, ...originOf(request) };
}

/** Who acts. A member of another organization reads a public registry as a stranger does. */
export function principalOf(signedIn: SignedIn | null, registry: FoundRegistry | undefined | null): Principal {
  return signedIn && (!registry || registry.org_id === signedIn.orgId) ? signedIn.principal : ANONYMOUS;
}
