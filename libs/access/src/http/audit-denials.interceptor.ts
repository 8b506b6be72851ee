import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { AppError } from '@portolan/kernel';
import type { FastifyRequest } from 'fastify';
import { catchError, type Observable } from 'rxjs';
import { findCaller } from './caller';
import { DecisionTrail } from './decision-trail';

const FORBIDDEN = 403;

/** Writes down what the guard let through and an operation then refused for want of a right. */
@Injectable()
export class AuditDenials implements NestInterceptor {
  constructor(private readonly trail: DecisionTrail) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError(async (error: unknown) => {
        const request = context.switchToHttp().getRequest<FastifyRequest>();
        const caller = findCaller(request);
        if (error instanceof AppError && error.status === FORBIDDEN && caller !== undefined && caller.ctx.orgId !== '')
          await this.trail.denied(caller.ctx, request, error.permission ?? error.code, caller.registry?.id);
        throw error;
      }),
    );
  }
}
