import { randomBytes } from 'node:crypto';

/** 32 hex digits, the form of a W3C trace id. */
export function newRequestId(): string {
  return randomBytes(16).toString('hex');
}
