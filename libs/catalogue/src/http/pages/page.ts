import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { FoundRegistry } from '@portolan/access';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { encodingOf, type Encoding } from './encoding';

// Below it the headers weigh more than what is saved.
const COMPRESSED_FROM_BYTES = 1_024;
const BROTLI_QUALITY = 4;

const toGzip = promisify(gzip);
const toBrotli = promisify(brotliCompress);

/** An answer as it goes out, and each encoding of it once somebody has asked for that. */
export interface Page {
  /** Of the content, without quotes: every encoding adds its name. */
  readonly hash: string;
  readonly identity: Buffer;
  gzip?: Buffer;
  br?: Buffer;
}

export function pageOf(text: string): Page {
  const size = Buffer.byteLength(text) + 1;
  // Not of the pool that small buffers share: one page would keep the memory of its neighbours.
  const bytes = Buffer.allocUnsafeSlow(size);
  bytes.write(text);
  bytes[size - 1] = 0x0a;
  return { hash: createHash('sha256').update(bytes).digest('base64url'), identity: bytes };
}

/** Bytes that a page holds. */
export function sizeOf({ identity, gzip: zipped, br }: Page): number {
  return identity.length + (zipped?.length ?? 0) + (br?.length ?? 0);
}

/** In which encoding a page goes to the caller. */
export function encodingFor(request: FastifyRequest, page: Page): Encoding {
  return page.identity.length < COMPRESSED_FROM_BYTES ? 'identity' : encodingOf(request.headers['accept-encoding']);
}

/** Makes the encoding of a page unless it is there. */
export async function encode(page: Page, encoding: Encoding): Promise<void> {
  if (encoding === 'gzip') page.gzip ??= await toGzip(page.identity);
  if (encoding === 'br')
    page.br ??= await toBrotli(page.identity, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
        [constants.BROTLI_PARAM_SIZE_HINT]: page.identity.length,
      },
    });
}

/**
 * Sets the headers of a page whose encoding is there, and gives its bytes: none, with 304, when the caller has it already.
 */
export function respond(
  request: FastifyRequest,
  reply: FastifyReply,
  registry: FoundRegistry,
  page: Page,
  encoding: Encoding,
): Buffer {
  const etag = encoding === 'identity' ? `"${page.hash}"` : `"${page.hash}-${encoding}"`;
  setCaching(reply, registry);
  reply.header('ETag', etag);
  const shown = request.headers['if-none-match'];
  if (shown !== undefined && names(shown, page.hash)) {
    reply.status(304);
    return Buffer.alloc(0);
  }
  if (encoding !== 'identity') reply.header('Content-Encoding', encoding);
  return page[encoding] ?? page.identity;
}

/**
 * Only what is public may be kept for others, for as long as any process may take to hear of a change; everybody has to ask
 * again before he uses what he keeps for himself.
 */
export function setCaching(reply: FastifyReply, { visibility }: FoundRegistry): void {
  if (visibility === 'public')
    reply.header('Cache-Control', 'public, max-age=1, must-revalidate').header('Vary', 'Accept-Encoding');
  else reply.header('Cache-Control', 'private, no-cache').header('Vary', 'Authorization, Accept-Encoding');
}

// Whatever its encoding, it is the same content that the caller has.
function names(header: string, hash: string): boolean {
  return header.split(',').some((one) => {
    const tag = one.trim();
    return tag === '*' || (tag.includes(hash) && TAG.exec(tag)?.[1] === hash);
  });
}

const TAG = /^(?:W\/)?"([\w-]{43})(?:-(?:gzip|br))?"$/;
