import { AppError, repeatedName } from '@portolan/kernel';
import { isSubApi } from '@portolan/catalogue/http';
import type { FastifyInstance, FastifyRequest } from 'fastify';

const DEPTH_MAX = 100;
const ECHO_MAX = 1_000;
const JSON_TYPE = /^(?:application\/json|application\/[\w.-]+\+json)\s*(?:;|$)/i;

/** Reads request bodies: JSON of any media type that says so, or of none. */
export function registerBodyParser(fastify: FastifyInstance): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', { parseAs: 'buffer' }, (request, bytes, done) => {
    try {
      done(null, parseBody(request, bytes as Buffer));
    } catch (error) {
      done(error as Error);
    }
  });
}

function parseBody(request: FastifyRequest, bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  const type = request.headers['content-type'];
  if (type !== undefined && type !== '' && !JSON_TYPE.test(type)) throw unsupported(request, type);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed(request, 'the body is not valid UTF-8');
  }
  if (nesting(text) > DEPTH_MAX) throw malformed(request, `the body is nested deeper than ${DEPTH_MAX} levels`);
  const value = parseJson(request, text);
  // The official registry takes the last one, and so does its API here.
  const repeated = isSubApi(request) ? null : repeatedName(text);
  if (repeated !== null) throw malformed(request, `the name ${JSON.stringify(repeated.slice(0, 100))} stands twice`);
  return value;
}

function parseJson(request: FastifyRequest, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw malformed(request, error instanceof Error ? error.message : 'invalid JSON', text);
  }
}

/** The deepest nesting of a JSON text, without building it: writing a deep value out again would exhaust the stack. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (quoted) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) deepest = Math.max(deepest, (depth += 1));
    else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return deepest;
}

function malformed(request: FastifyRequest, message: string, text = ''): AppError {
  const value = text !== '' && text.length <= ECHO_MAX ? { value: text } : {};
  const shared = { errors: [{ message, location: 'body', ...value }] };
  if (isSubApi(request)) return new AppError('malformed_body', { detail: 'validation failed', ...shared });
  return new AppError('malformed_body', { detail: `The body is not valid JSON: ${message}` });
}

function unsupported(request: FastifyRequest, type: string): AppError {
  if (!isSubApi(request)) return new AppError('unsupported_media_type');
  const message = `unknown content type: ${type.slice(0, 100)}`;
  return new AppError('unsupported_media_type', {
    detail: 'validation failed',
    errors: [{ message, location: 'body' }],
  });
}
