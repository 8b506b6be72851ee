import type { FastifyRequest } from 'fastify';

const counted = new WeakSet<FastifyRequest>();

/** Notes that a request has been taken from its caller's limit. */
export function markCounted(request: FastifyRequest): void {
  counted.add(request);
}

export function isCounted(request: FastifyRequest): boolean {
  return counted.has(request);
}
