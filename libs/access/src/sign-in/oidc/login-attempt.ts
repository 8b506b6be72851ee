import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** What a browser that comes back from its identity provider has to fit. Sealed at rest. */
export interface LoginAttempt {
  readonly verifier: string;
  readonly nonce: string;
  readonly returnTo: string;
  /** The invite that this login accepts, or null. */
  readonly inviteId: string | null;
  /** Of the cookie that binds the attempt to one browser. */
  readonly browserHash: string;
}

/** A browser that went to its provider has this long to come back. */
export const LOGIN_ATTEMPT_SECONDS = 10 * 60;

const BROWSER_COOKIE = /^[\w-]{43}$/;

/** The cookie of a browser: the one that it has, so that logins in two tabs do not disturb each other, or a new one. */
export function browserCookie(presented: string | null): string {
  return presented !== null && BROWSER_COOKIE.test(presented) ? presented : randomBytes(32).toString('base64url');
}

export function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

export function browserHash(cookie: string): string {
  return hashOf(cookie).toString('base64url');
}

export function isSameBrowser(attempt: LoginAttempt, cookie: string | null): boolean {
  const expected = hashOf(attempt.browserHash);
  return timingSafeEqual(hashOf(cookie === null ? '' : browserHash(cookie)), expected);
}

export function attemptContext(id: string): string {
  return `login_attempt:${id}`;
}
