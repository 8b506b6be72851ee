import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OpenedSession } from '../../sign-in/sessions/open-session';
import { SESSION_LIFETIME_SECONDS } from '../../sign-in/sessions/session-row';
import type { Visitor } from '../../sign-in/visitor';
import { SESSION_COOKIE } from '../credentials';
import { originOf } from '../request-context';

// The prefix has browsers refuse a cookie that another host of the same domain sets.
const HOST_COOKIE = { path: '/', secure: true, httpOnly: true, sameSite: 'lax' } as const;

/** Binds a login at an identity provider to the browser that began it. */
export const LOGIN_COOKIE = '__Host-portolan_login';

export function visitorOf(request: FastifyRequest): Visitor {
  return {
    ...originOf(request),
    session: request.cookies[SESSION_COOKIE] ?? null,
  };
}

export function setSessionCookie(reply: FastifyReply, session: OpenedSession): void {
  void reply.setCookie(SESSION_COOKIE, session.text, { ...HOST_COOKIE, maxAge: SESSION_LIFETIME_SECONDS });
}

export function clearSessionCookie(reply: FastifyReply): void {
  void reply.clearCookie(SESSION_COOKIE, HOST_COOKIE);
}

export function setLoginCookie(reply: FastifyReply, value: string, maxAgeSeconds: number): void {
  void reply.setCookie(LOGIN_COOKIE, value, { ...HOST_COOKIE, maxAge: maxAgeSeconds });
}

export function clearLoginCookie(reply: FastifyReply): void {
  void reply.clearCookie(LOGIN_COOKIE, HOST_COOKIE);
}
