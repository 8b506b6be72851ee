import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { Ctx } from '@portolan/kernel';
import type { FastifyRequest } from 'fastify';
import type { FoundRegistry } from '../find-registry.query';
import type { Access } from '../rbac/access';

/** What the guard found out about a request that it let through. */
export interface Caller {
  readonly ctx: Ctx;
  readonly access: Access;
  /** The registry of the path; null on routes that name none. */
  readonly registry: FoundRegistry | null;
}

const callers = new WeakMap<FastifyRequest, Caller>();

export function setCaller(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

export function findCaller(request: FastifyRequest): Caller | undefined {
  return callers.get(request);
}

function callerOf(context: ExecutionContext): Caller {
  const caller = callers.get(context.switchToHttp().getRequest<FastifyRequest>());
  if (!caller) throw new Error('a public route has no caller');
  return caller;
}

export const CurrentCtx = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(context).ctx);

export const CurrentAccess = createParamDecorator((_: unknown, context: ExecutionContext) => callerOf(context).access);

/** The registry of the path, resolved and permitted. */
export const CurrentRegistry = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const { registry } = callerOf(context);
  if (!registry) throw new Error('this route names no registry');
  return registry;
});
