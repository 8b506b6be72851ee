import { AppError } from '@portolan/kernel';

/**
 * Why there is no answer. `unresolved`: nobody knows the name. `tls`: no connection that can be trusted.
 * `unreadable`: it is compressed in a way that nobody asked for, or damaged.
 */
export type FailureKind =
  'forbidden_address' | 'unresolved' | 'unreachable' | 'tls' | 'too_slow' | 'too_large' | 'unreadable';

/** What a request failed of, as far as the room knows it better than whoever threw. */
export class EgressFailure extends Error {
  constructor(
    readonly kind: FailureKind,
    message: string,
    cause?: unknown,
  ) {
    super(message, { cause });
    this.name = 'EgressFailure';
  }

  /** What the system calls it, such as ECONNREFUSED or CERT_HAS_EXPIRED. */
  get code(): unknown {
    return codeOf(this.cause);
  }
}

/**
 * What an error of `Egress.fetch` comes from.
 *
 * @returns null for an error of somebody else
 */
export function failureKind(error: unknown): FailureKind | null {
  if (!(error instanceof AppError)) return null;
  if (error.code === 'forbidden_address') return 'forbidden_address';
  if (error.code !== 'upstream_unreachable') return null;
  return error.cause instanceof EgressFailure ? error.cause.kind : 'unreachable';
}

/** What the system calls an error; undefined when it has no name for it. */
export function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
