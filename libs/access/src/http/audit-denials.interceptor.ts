import { type CallHandler, type ExecutionContext, Injectable, type NestInterceptor } from '@nestjs/common';
import { AppError } from '@portolan/kernel';
import type { FastifyRequest } from 'fastify';
import { catchError, type Observable } from 'rxjs';
import { RecordDenial } from '../record-denial.service';
import { findCaller } from './caller';
import { pathWithoutSecrets } from './credentials';

const FORBIDDEN = 403;

/** Writes down what the guard let through and an operation then refused for want of a right. */
@Injectable()
export class AuditDenials implements NestInterceptor {
  constructor(private readonly recordDenial: RecordDenial) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError(async (error: unknown) => {
        const request = context.switchToHttp().getRequest<FastifyRequest>();
        const caller = findCaller(request);
        if (error instanceof AppError && error.status === FORBIDDEN && caller !== undefined && caller.ctx.orgId !== '')
          await this.recordDenial.execute(caller.ctx, {
            action: 'permission.deny',
            reason: error.permission ?? error.code,
            targetName: `${request.method} ${pathWithoutSecrets(request.url)}`,
            ...(caller.registry === null ? {} : { registryId: caller.registry.id }),
          });
        throw error;
      }),
    );
  }
}
