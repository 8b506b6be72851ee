import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
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
  setCaching(reply, registry);
  reply.header('ETag', etag);
  if (!names(request.headers['if-none-match'], etag)) return bytes;
  reply.status(304);
  return Buffer.alloc(0);
}

export function setCaching(reply: FastifyReply, registry: FoundRegistry): void {
  if (registry.visibility === 'public') reply.header('Cache-Control', 'public, no-cache');
  else reply.headers({ 'Cache-Control': 'private, no-cache', Vary: 'Authorization' });
}

/** A JSON document of any length as a stream: `head`, the batches' items with commas between, `tail`. */
export function streamed<T>(
  head: string,
  batches: AsyncIterable<readonly T[]>,
  item: (row: T) => string,
  tail: (count: number) => string,
): Readable {
  async function* parts(): AsyncGenerator<string> {
    yield head;
    let count = 0;
    for await (const batch of batches) {
      if (batch.length === 0) continue;
      yield (count === 0 ? '' : ',') + batch.map(item).join(',');
      count += batch.length;
    }
    yield `${tail(count)}\n`;
  }
  return Readable.from(parts(), { objectMode: false });
}

function names(header: string | undefined, etag: string): boolean {
  return header?.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag) ?? false;
}
