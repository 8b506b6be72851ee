import { randomBytes } from 'node:crypto';

const TRACEPARENT = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** The trace id of a request: the caller's W3C `traceparent` when it is valid, else a new one. 32 hex digits. */
export function traceIdFrom(traceparent: string | string[] | undefined): string {
  const match = typeof traceparent === 'string' ? TRACEPARENT.exec(traceparent) : null;
  const traceId = match?.[1];
  return traceId !== undefined && !/^0+$/.test(traceId) ? traceId : newTraceId();
}

export function newTraceId(): string {
  return randomBytes(16).toString('hex');
}
