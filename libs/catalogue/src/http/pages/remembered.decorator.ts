import { applyDecorators } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { FastifyRequest } from 'fastify';
import type { ReadKind } from './questions';

const REMEMBERED = 'portolanRemembered';

/** A read whose answers are remembered: they go out before the route's own way is taken. */
export const Remembered = (kind: ReadKind) => applyDecorators(RouteConfig({ [REMEMBERED]: kind }));

/** Which remembered read the route of a request is; undefined for any other. */
export function rememberedKindOf(request: FastifyRequest): ReadKind | undefined {
  return (request.routeOptions.config as { readonly [REMEMBERED]?: ReadKind })[REMEMBERED];
}
