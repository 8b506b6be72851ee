import type { FastifyRequest } from 'fastify';
import { registryPathOf, withoutSecrets } from './credentials';

export const METADATA_PATH = '/.well-known/oauth-protected-resource';

/**
 * The base of the registry that a request lies below, as the request names it but without the secret that it may carry;
 * null when its route names none. It can stand in a header or a URL as it is.
 */
export function registryBaseOf(request: FastifyRequest): string | null {
  const named = registryPathOf(request);
  const [base] = (request.routeOptions.url ?? '').replace(METADATA_PATH, '').split(':registryIdentifier');
  if (named === null || base === undefined) return null;
  const segment = (text: string) => encodeURIComponent(withoutSecrets(text));
  return base.replace(':organization', segment(named.organization ?? '')) + segment(named.identifier);
}

/**
 * The challenge of a 401, or of a 403 that another scope would help (RFC 6750, RFC 9728).
 *
 * @param problem true when a credential was shown that is not valid
 */
export function challengeOf(request: FastifyRequest, origin: string, problem: boolean | 'insufficient_scope'): string {
  const base = registryBaseOf(request);
  const parts = ['realm="portolan"'];
  if (problem === true) parts.push('error="invalid_token"');
  if (problem === 'insufficient_scope')
    parts.push('error="insufficient_scope"', `scope="mcp-registry:read mcp-registry:write"`);
  if (base !== null) parts.push(`resource_metadata="${origin}${METADATA_PATH}${base}"`);
  return `Bearer ${parts.join(', ')}`;
}
