import type { FastifyRequest } from 'fastify';
import type { LimitClass } from '../limits/token-bucket';

/** What kind of work a request is, as far as its method and query tell. */
export function limitClassOf(request: FastifyRequest): LimitClass {
  const { method } = request;
  if (method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS') return 'write';
  const { search } = (request.query ?? {}) as Readonly<Record<string, unknown>>;
  return search === undefined || search === '' ? 'read' : 'search';
}
