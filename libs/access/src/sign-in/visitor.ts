import { ANONYMOUS, type Ctx, type Origin, type Principal } from '@portolan/kernel';

/** Somebody who is about to sign in: nothing is known of him but where he comes from. */
export interface Visitor extends Origin {
  readonly address: string;
  /** The session cookie that his browser sent along; the new session replaces that one. */
  readonly session: string | null;
}

export function contextFor(visitor: Visitor, orgId: string, principal: Principal = ANONYMOUS): Ctx {
  const { session: _session, ...origin } = visitor;
  return { orgId, principal, ...origin };
}
