import { SetMetadata } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { LimitClass } from '../limits/token-bucket';

export const LIMITED = 'portolan:limited';

export type Limit = LimitClass | null | ((request: FastifyRequest) => LimitClass);

/**
 * The class of limits of a route whose method and query do not tell; null: no limit, as for health. A function is asked
 * before anybody is signed in.
 */
export const Limited = (limitClass: Limit) => SetMetadata(LIMITED, limitClass);
