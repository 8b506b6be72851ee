import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { codeOf, EgressFailure } from './failure-kind';

type Decode = (bytes: Buffer, options: { readonly maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: ReadonlyMap<string, Decode> = new Map([
  ['gzip', promisify(gunzip)],
  ['x-gzip', promisify(gunzip)],
  ['deflate', promisify(inflate)],
  ['br', promisify(brotliDecompress)],
]);

export const ACCEPTED_ENCODINGS = 'gzip, br';

/**
 * The body of an answer, decompressed.
 *
 * @param maxBytes both as it is sent and decompressed
 * @throws EgressFailure too_large; unreadable when it is damaged, or in an encoding that nobody asked for
 */
export async function readBody(body: AsyncIterable<Buffer>, encoding: string, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    // Whoever leaves the loop closes the connection: what else is on its way is not read.
    if (size > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  const name = encoding.trim().toLowerCase();
  if (bytes.length === 0 || name === '' || name === 'identity') return bytes;
  const decode = DECODERS.get(name);
  if (!decode) throw new EgressFailure('unreadable', 'the answer is in an encoding that nobody asked for');
  return decode(bytes, { maxOutputLength: maxBytes }).catch((error: unknown) => {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes, error);
    throw new EgressFailure('unreadable', 'the answer cannot be decompressed', error);
  });
}

function tooLarge(maxBytes: number, cause?: unknown): EgressFailure {
  return new EgressFailure('too_large', `the answer is longer than ${maxBytes} bytes`, cause);
}
