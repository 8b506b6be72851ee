import { AppError } from '@portolan/kernel';
import type { FastifyRequest } from 'fastify';

/**
 * A page of another site must not sign its visitor in as somebody else: there is no session yet whose token could show
 * whose page it is.
 *
 * @throws AppError csrf_token_invalid
 */
export function checkOrigin(request: FastifyRequest, ownOrigin: string): void {
  const { origin } = request.headers;
  if (origin !== undefined && origin !== ownOrigin)
    throw new AppError('csrf_token_invalid', { detail: 'Only a page of this origin may sign in' });
}
