import { createHash } from 'node:crypto';
import { applyDecorators, Header, HttpCode } from '@nestjs/common';
import type { FoundRegistry } from '@portolan/access';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A route whose handler returns JSON as text. */
export const JsonText = () => applyDecorators(HttpCode(200), Header('Content-Type', 'application/json'));

/** The body's bytes: text would get a charset that the official registry does not send. */
export function body(text: string): Buffer {
  return Buffer.from(`${text}\n`);
}

/**
 * The body of a read, or nothing and 304 when the caller has it already. Everybody has to ask again before using what
 * he keeps; only what is public may be kept for others.
 */
export function cacheable(request: FastifyRequest, reply: FastifyReply, registry: FoundRegistry, text: string): Buffer {
  const bytes = body(text);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url')}"`;
  const open = registry.visibility === 'public';
  reply.headers({
    ETag: etag,
    'Cache-Control': open ? 'public, no-cache' : 'private, no-cache',
    ...(open ? {} : { Vary: 'Authorization' }),
  });
  if (!names(request.headers['if-none-match'], etag)) return bytes;
  reply.status(304);
  return Buffer.alloc(0);
}

function names(header: string | undefined, etag: string): boolean {
  return header?.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag) ?? false;
}
