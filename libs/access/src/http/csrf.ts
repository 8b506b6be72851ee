import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyRequest } from 'fastify';

/**
 * A browser sends a session's cookie along with whatever any page asks for. So a change needs what only our own page can
 * know and, where the browser names it, our own origin.
 *
 * @param csrfToken of the session; undefined when the credential was no cookie
 */
export function isOwnPage(request: FastifyRequest, csrfToken: string | undefined, ownOrigin: string): boolean {
  if (csrfToken === undefined || ['GET', 'HEAD', 'OPTIONS'].includes(request.method)) return true;
  const { origin, 'x-csrf-token': shown } = request.headers;
  const foreign = origin !== undefined && origin !== ownOrigin;
  return !foreign && typeof shown === 'string' && timingSafeEqual(digest(shown), digest(csrfToken));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
