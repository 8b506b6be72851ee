import { failureKind, parseRetryAfter, type EgressResponse, type FailureKind } from '@portolan/egress';
import { UpstreamFault, type UpstreamFaultCode } from './upstream-fault';

// Sayings of those who do not know a cursor any more.
const CURSOR_REFUSALS: ReadonlySet<number> = new Set([400, 410, 422]);
const SERVER_ERRORS: ReadonlySet<number> = new Set([408, 425]);

const FAILURES: Readonly<Record<FailureKind, readonly [UpstreamFaultCode, string]>> = {
  forbidden_address: ['address_forbidden', 'The address of the upstream may not be reached from here'],
  unresolved: ['unreachable', 'The name of the upstream does not resolve'],
  unreachable: ['unreachable', 'The upstream could not be reached, or closed the connection before it had answered'],
  tls: ['tls_failed', 'The upstream does not show a certificate that can be trusted'],
  too_slow: ['too_slow', 'The upstream did not answer in time'],
  too_large: ['too_large', 'The upstream sends more on one page than is taken'],
  unreadable: ['not_a_registry', 'The upstream compresses its answers in a way that cannot be read'],
};

/** Why there was no answer. What is none of that goes on as it is. */
export function faultOfFailure(error: unknown): unknown {
  const kind = failureKind(error);
  if (kind === null) return error;
  const [code, message] = FAILURES[kind];
  return new UpstreamFault(code, message, { cause: error });
}

/** What an answer means that is not 200. Only the status and Retry-After are looked at. */
export function faultOfAnswer({ status, headers }: EgressResponse, hasCursor: boolean): UpstreamFault {
  const [code, message] = meaningOf(status, hasCursor);
  const waits = code === 'rate_limited' || code === 'server_error';
  const retryAfterMs = waits ? parseRetryAfter(headers['retry-after'], Date.now()) : null;
  return new UpstreamFault(code, message, { httpStatus: status, retryAfterMs });
}

function meaningOf(status: number, hasCursor: boolean): readonly [UpstreamFaultCode, string] {
  if (status < 300) return ['not_a_registry', `The upstream answers ${status} where a registry answers 200`];
  if (status < 400)
    return ['redirected', `The upstream answers ${status}, a redirect, which is not followed: set the URL it leads to`];
  if (status === 401 || status === 403)
    return ['credentials_refused', `The upstream answers ${status}: it wants other credentials than it was sent`];
  if (status === 429) return ['rate_limited', 'The upstream answers 429: it asks for fewer requests'];
  if (status >= 500 || SERVER_ERRORS.has(status))
    return ['server_error', `The upstream answers ${status}: it failed itself`];
  if (hasCursor && CURSOR_REFUSALS.has(status))
    return ['cursor_refused', `The upstream answers ${status}: it does not go on from where it said its list goes on`];
  if (status === 404) return ['refused', 'The upstream answers 404: it has no MCP Registry API below its URL'];
  return ['refused', `The upstream answers ${status}: it refuses the request`];
}
