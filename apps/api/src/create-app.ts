import { Logger } from '@nestjs/common';
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { PublicUrl } from '@portolan/access';
import { isSubApi, RememberedReads } from '@portolan/catalogue/http';
import type { ApiConfig } from '@portolan/config';
import { createLogger, newRequestId } from '@portolan/telemetry';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppModule } from './app.module';
import { registerBodyParser } from './body-parser';
import { answerClientError } from './client-errors';
import { ErrorFilter, sendProblem } from './error.filter';
import { managementOpenApi } from './openapi';
import { guardedRoutes } from './route-inventory';
import { ROUTER_OPTIONS, RouteTable } from './route-table';
import { checkUrl, isWellFormed } from './url-checks';
import { validationPipe } from './validation.pipe';

// The official registry refuses a body of exactly 1 MiB.
const BODY_MAX_BYTES = 1_048_575;
const REQUEST_TIMEOUT_MS = 30_000;
// A reader that takes nothing for so long holds its answer in our memory no longer.
const IDLE_SOCKET_TIMEOUT_MS = 60_000;
const CORS_MAX_AGE_SECONDS = 86_400;
const EXPOSED_HEADERS = [
  'Content-Type',
  'Content-Length',
  'ETag',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
];
const HEADERS = {
  'X-Content-Type-Options': 'nosniff',
  // A path may hold the secret of a capability URL.
  'Referrer-Policy': 'no-referrer',
};
const CLOSE = ['Connection', 'close'];
/** What CORS adds to every answer of the sub-API. */
const CORS_HEADERS = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': EXPOSED_HEADERS.join(', '),
};

// Bodies are checked by what their rooms say, and answers are text: nobody needs Fastify's compilers of schemas.
const NO_SCHEMAS = { buildValidator: refuseSchema, buildSerializer: refuseSchema };

function refuseSchema(): never {
  throw new Error('a route has a schema of Fastify');
}

/** The API as it listens: request checks, CORS, guard, validation, handler, error filter, in this order. */
export async function createApp(config: ApiConfig): Promise<NestFastifyApplication> {
  const routes = new RouteTable();
  const logger = new Logger('Errors');
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_MAX_BYTES,
    requestTimeout: REQUEST_TIMEOUT_MS,
    connectionTimeout: IDLE_SOCKET_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    return503OnClosing: true,
    // Never the caller's: the audit trail must not let anybody choose under what id he stands in it.
    genReqId: newRequestId,
    routerOptions: ROUTER_OPTIONS,
    schemaController: { compilersFactory: NO_SCHEMAS },
    trustProxy: config.trustedProxies.length > 0 ? [...config.trustedProxies] : false,
    clientErrorHandler: answerClientError,
    // No hook runs before these.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      reply.headers({
        'X-Request-Id': request.id,
        ...HEADERS,
        ...(isSubApi(request) ? { 'Access-Control-Allow-Origin': '*' } : {}),
      });
      sendProblem(request, reply, error, logger);
    },
  } as ConstructorParameters<typeof FastifyAdapter>[0]);
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.forRoot(config), adapter, {
    bodyParser: false,
    logger: createLogger(config.logLevel),
    abortOnError: false,
  });
  const fastify = app.getHttpAdapter().getInstance();
  routes.watch(fastify);
  registerBodyParser(fastify);
  const isClosing = endConnectionsOnClose(fastify);
  answerRememberedReads(fastify, app.get(RememberedReads, { strict: false }), isClosing);
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.headers({ 'X-Request-Id': request.id, ...HEADERS, 'Cache-Control': 'no-store' });
    done();
  });
  await fastify.register(cookie);
  await registerCors(fastify);
  fastify.addHook('onRequest', (request, _reply, done) => {
    checkUrl(request.url);
    done();
  });
  app.useGlobalPipes(validationPipe);
  app.useGlobalFilters(new ErrorFilter(routes));
  guardedRoutes(app);
  SwaggerModule.setup('docs', app, () => managementOpenApi(app), {
    jsonDocumentUrl: 'openapi.json',
    yamlDocumentUrl: 'openapi.yaml',
    customSiteTitle: 'Portolan API',
  });
  await app.init();
  return app;
}

/** Most reads end here, before anything is done for them that a read in memory does not need. */
function answerRememberedReads(fastify: FastifyInstance, reads: RememberedReads, isClosing: () => boolean): void {
  const fixed = Object.entries({ ...HEADERS, ...CORS_HEADERS }).flat();
  fastify.addHook('onRequest', (request, reply, done) => {
    if (isClosing() || !isWellFormed(request.url)) done();
    else
      reads.answer(request, reply, () => ['X-Request-Id', request.id, ...fixed, ...(isClosing() ? CLOSE : [])], done);
  });
}

/** Listens, and tells the rooms where: links name that place unless the configuration names another. */
export async function listen(app: NestFastifyApplication, port: number, host: string): Promise<string> {
  await app.listen(port, host);
  const url = await app.getUrl();
  app.get(PublicUrl).listensAt(url);
  return url;
}

/** A connection that is answered while the server closes would be kept alive, and hold the end up. */
function endConnectionsOnClose(fastify: FastifyInstance): () => boolean {
  let closing = false;
  fastify.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) reply.header('Connection', 'close');
    done();
  });
  return () => closing;
}

/** Any page may read a registry that its user may read; credentials are never sent by the browser on its own. */
async function registerCors(fastify: FastifyInstance): Promise<void> {
  await fastify.register(
    cors,
    () => (request: FastifyRequest, done: (error: Error | null, options: object) => void) => {
      done(null, {
        origin: isSubApi(request) ? '*' : false,
        methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
        allowedHeaders: ['Authorization', 'Content-Type', 'X-API-Key', 'If-None-Match', 'traceparent'],
        exposedHeaders: EXPOSED_HEADERS,
        credentials: false,
        maxAge: CORS_MAX_AGE_SECONDS,
        strictPreflight: false,
      });
    },
  );
}
