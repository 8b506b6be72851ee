import type { Ctx, Principal } from '@portolan/kernel';
import type { FastifyRequest } from 'fastify';
import { addressOf } from './credentials';

/** The context of a request once it is known for whom it acts. */
export function contextOf(request: FastifyRequest, orgId: string, principal: Principal): Ctx {
  return {
    orgId,
    principal,
    traceId: request.id,
    address: addressOf(request),
    userAgent: request.headers['user-agent'] ?? null,
  };
}
