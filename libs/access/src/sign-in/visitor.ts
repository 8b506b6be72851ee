import { ANONYMOUS, type Ctx, type Principal } from '@portolan/kernel';

/** Somebody who is about to sign in: nothing is known of him but where he comes from. */
export interface Visitor {
  readonly address: string;
  readonly userAgent: string | null;
  readonly traceId: string;
  /** The session cookie that his browser sent along; the new session replaces that one. */
  readonly session: string | null;
}

export function contextFor(visitor: Visitor, orgId: string, principal: Principal = ANONYMOUS): Ctx {
  const { address, userAgent, traceId } = visitor;
  return { orgId, principal, traceId, address, userAgent };
}
