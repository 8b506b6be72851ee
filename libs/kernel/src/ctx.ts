/** Who acts. `id` is null only for `anonymous`, `operator` and `system`. */
export interface Principal {
  readonly type: 'user' | 'system_account' | 'jwt_subject' | 'capability_url' | 'operator' | 'anonymous' | 'system';
  readonly id: string | null;
  readonly name: string;
  /** Id of the access token or session that was presented, null when there was none or it has none. */
  readonly tokenId: string | null;
  /** Who uses the rights of this principal in its place, as its token says (RFC 8693, `act`). */
  readonly actor?: string;
}

/** Where a request came from. */
export interface Origin {
  /** 32 hex digits of our own, never the caller's; the `instance` of every error and the mark of every audit row. */
  readonly requestId: string;
  /** The W3C trace id that the caller sent along, null when there was none: his word, good for looking up. */
  readonly traceId: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/** The caller of one request as plain data; the organization is the one whose rows the request may touch. */
export interface Ctx extends Origin {
  readonly orgId: string;
  readonly principal: Principal;
}

export const ANONYMOUS: Principal = { type: 'anonymous', id: null, name: 'anonymous', tokenId: null };

/** A context for work that no request caused: bootstrap and background jobs. */
export function systemCtx(orgId: string, name: string, requestId: string): Ctx {
  return {
    orgId,
    principal: { type: 'system', id: null, name, tokenId: null },
    requestId,
    traceId: null,
    address: null,
    userAgent: null,
  };
}
