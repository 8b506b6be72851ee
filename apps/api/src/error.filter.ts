import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import { isSubApi } from '@portolan/catalogue/http';
import { AppError, type ErrorCodeName } from '@portolan/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RouteTable } from './route-table';

/** Codes of Fastify's own refusals; any other failure of it is ours. */
const FASTIFY_CODES: Readonly<Record<string, ErrorCodeName>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'malformed_body',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_BAD_URL: 'malformed_path',
  FST_ERR_MAX_PARAM_LENGTH: 'route_not_found',
};

/** Turns every failure into problem+json. What nobody foresaw is a 500 without its inner text. */
@Catch()
export class ErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Errors');

  constructor(private readonly routes: RouteTable) {}

  catch(failure: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    sendProblem(request, http.getResponse<FastifyReply>(), this.unmatched(request, failure) ?? failure, this.logger);
  }

  /** What Nest says of a request that no route took, or Fastify of one that it would not read before no route took it. */
  private unmatched(request: FastifyRequest, failure: unknown): AppError | null {
    if (!(failure instanceof HttpException) || !(request.is404 || [403, 404].includes(failure.getStatus())))
      return null;
    const allowed = this.routes.methodsOf(request.url);
    if (allowed.length === 0) return new AppError('route_not_found');
    // CORS answers OPTIONS for the sub-API, whatever the path.
    const all = isSubApi(request) ? [...allowed, 'OPTIONS'] : allowed;
    return new AppError('method_not_allowed', { headers: { Allow: all.join(', ') } });
  }
}

export function sendProblem(request: FastifyRequest, reply: FastifyReply, failure: unknown, logger: Logger): void {
  const error = hasHungUp(request) ? new AppError('malformed_request', { cause: failure }) : toAppError(failure);
  if (error.status >= 500)
    logger.error({ trace_id: request.id, code: error.code, error: describe(error.cause ?? failure) });
  void reply
    .status(error.status)
    .headers(error.headers)
    .header('Content-Type', 'application/problem+json')
    .header('Cache-Control', 'no-store')
    .send(Buffer.from(`${JSON.stringify(problemOf(request, error))}\n`));
}

/** A client that is gone before its request was whole: whatever fails then is nobody's fault here. */
function hasHungUp({ raw }: FastifyRequest): boolean {
  return raw.destroyed && !raw.complete;
}

function toAppError(failure: unknown): AppError {
  if (failure instanceof AppError) return failure;
  // Nest wraps Fastify's refusals.
  const refusal = failure instanceof HttpException ? failure.cause : failure;
  const code = refusal instanceof Error && 'code' in refusal ? FASTIFY_CODES[String(refusal.code)] : undefined;
  return new AppError(code ?? 'internal', { cause: failure });
}

/** The official registry's keys first on the sub-API, Konnect's elsewhere; `instance` carries the trace id on both. */
export function problemOf(
  request: Pick<FastifyRequest, 'id' | 'url'> & Partial<Pick<FastifyRequest, 'routeOptions'>>,
  error: AppError,
): object {
  const instance = `portolan:trace:${request.id}`;
  const { status, title, detail } = error;
  if (isSubApi(request))
    return { title, status, detail, ...(error.errors.length > 0 ? { errors: error.errors } : {}), instance };
  return {
    type: `urn:portolan:error:${error.code}`,
    title,
    status,
    detail,
    instance,
    ...(error.invalidParameters.length > 0 ? { invalid_parameters: error.invalidParameters } : {}),
  };
}

function describe(cause: unknown): string {
  return cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
}
