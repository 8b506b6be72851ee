import { Negotiator } from '@fastify/accept-negotiator';
import { LRUCache } from 'lru-cache';

export type Encoding = 'br' | 'gzip' | 'identity';

const HEADERS_MAX = 200;
const HEADER_LENGTH_MAX = 200;

const known = new LRUCache<string, Encoding>({ max: HEADERS_MAX });
const negotiator = new Negotiator<Encoding>({ supportedValues: ['br', 'gzip', 'identity'] });

/** The encoding that a caller likes best, of those that there are. */
export function encodingOf(header: string | readonly string[] | undefined): Encoding {
  if (typeof header !== 'string' || header.length > HEADER_LENGTH_MAX) return 'identity';
  let encoding = known.get(header);
  if (encoding === undefined) known.set(header, (encoding = negotiator.negotiate(header) ?? 'identity'));
  return encoding;
}
