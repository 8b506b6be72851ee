import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** RFC 8785: one text for one value, whatever wrote it. */
export function canonical(value: object): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('a value without a JSON form cannot be sealed');
  return text;
}

export function sha256(...parts: readonly (string | Buffer)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
}
