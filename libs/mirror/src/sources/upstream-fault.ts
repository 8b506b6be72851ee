/** What went wrong between us and an upstream. */
export type UpstreamFaultCode =
  | 'address_forbidden'
  | 'unreachable'
  | 'tls_failed'
  | 'too_slow'
  | 'too_large'
  | 'redirected'
  | 'credentials_refused'
  | 'rate_limited'
  | 'server_error'
  | 'cursor_refused'
  | 'refused'
  | 'not_a_registry'
  | 'cursor_repeated'
  | 'endless'
  | 'since_ignored'
  | 'credentials_unreadable';

export interface UpstreamFaultFacts {
  /** HTTP status; null when there was no answer. */
  readonly httpStatus?: number | null;
  /** What the upstream asks for. */
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

const TRANSIENT: ReadonlySet<UpstreamFaultCode> = new Set([
  'unreachable',
  'too_slow',
  'rate_limited',
  'server_error',
  'not_a_registry',
  'cursor_refused',
  'since_ignored',
]);

/** `message` is a sentence of ours for whoever administers the mirror: nothing of the upstream's own text is in it. */
export class UpstreamFault extends Error {
  readonly httpStatus: number | null;
  readonly retryAfterMs: number | null;

  constructor(
    readonly code: UpstreamFaultCode,
    message: string,
    { httpStatus = null, retryAfterMs = null, cause }: UpstreamFaultFacts = {},
  ) {
    super(message, { cause });
    this.name = 'UpstreamFault';
    this.httpStatus = httpStatus;
    this.retryAfterMs = retryAfterMs;
  }

  /** True when the same request may succeed a little later. */
  get isTransient(): boolean {
    return TRANSIENT.has(this.code);
  }
}
