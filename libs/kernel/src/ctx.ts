/** Who acts. `id` is null only for `anonymous`, `operator` and `system`. */
export interface Principal {
  readonly type: 'user' | 'system_account' | 'jwt_subject' | 'capability_url' | 'operator' | 'anonymous' | 'system';
  readonly id: string | null;
  readonly name: string;
  /** Id of the access token or session that was presented, null when there was none or it has none. */
  readonly tokenId: string | null;
}

/** The caller of one request as plain data; the organization is the one whose rows the request may touch. */
export interface Ctx {
  readonly orgId: string;
  readonly principal: Principal;
  /** 32 hex digits, W3C trace id; the `instance` of every error and the id of every audit row. */
  readonly traceId: string;
  readonly address: string | null;
  readonly userAgent: string | null;
}

export const ANONYMOUS: Principal = { type: 'anonymous', id: null, name: 'anonymous', tokenId: null };

/** A context for work that no request caused: bootstrap and background jobs. */
export function systemCtx(orgId: string, name: string, traceId: string): Ctx {
  return {
    orgId,
    principal: { type: 'system', id: null, name, tokenId: null },
    traceId,
    address: null,
    userAgent: null,
  };
}
