import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Observable, tap } from 'rxjs';
import { PUBLIC_READS, type Permission } from '../rbac/permissions';
import { findCaller } from './caller';
import { DecisionTrail } from './decision-trail';
import { REQUIRES } from './requires.decorator';

const ANSWERED = [200, 304];

/** Writes down reads of what a registry holds, as far as its organization wants them sampled. */
@Injectable()
export class AuditReads implements NestInterceptor {
  constructor(
    private readonly reflector: Reflector,
    private readonly trail: DecisionTrail,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const permission = this.reflector.get<Permission | undefined>(REQUIRES, context.getHandler());
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    if (permission === undefined || !PUBLIC_READS.has(permission) || request.method !== 'GET') return next.handle();
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    return next.handle().pipe(
      tap(() => {
        const caller = findCaller(request);
        if (caller?.registry && ANSWERED.includes(reply.statusCode))
          void this.trail.read(caller.ctx, request, caller.registry.id);
      }),
    );
  }
}
