import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PUBLIC_ID_LENGTH = 12;
// 32 characters of 62 hold 190.5 bits.
const SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const FORMAT = new RegExp(
  `^ptl_([a-z]{3})_([0-9A-Za-z]{${PUBLIC_ID_LENGTH}})_[0-9A-Za-z]{${SECRET_LENGTH}}([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
);

/**
 * `pat` is an access token of a user, `sat` one of a system account, `ses` a session, `inv` an invite, `cap` the secret
 * of a capability URL. One form for all, so that one pattern finds them wherever they leak.
 */
export type SecretType = 'pat' | 'sat' | 'ses' | 'inv' | 'cap';

export interface NewSecret {
  /** The whole secret; shown once, never stored. */
  readonly text: string;
  readonly publicId: string;
  readonly hash: Buffer;
}

export function mintSecret(type: SecretType): NewSecret {
  const publicId = randomText(PUBLIC_ID_LENGTH);
  const body = `ptl_${type}_${publicId}_${randomText(SECRET_LENGTH)}`;
  const text = body + checksum(body);
  return { text, publicId, hash: hashToken(text) };
}

export interface ReadSecret {
  readonly type: SecretType;
  readonly publicId: string;
}

/** What a well-formed secret of one of these types says of itself, or null: garbage needs no database to be told apart. */
export function readSecret(text: string, types: readonly SecretType[]): ReadSecret | null {
  const [, named, publicId, check] = FORMAT.exec(text) ?? [];
  const type = types.find((one) => one === named);
  if (type === undefined || publicId === undefined || check !== checksum(text.slice(0, -CHECKSUM_LENGTH))) return null;
  return { type, publicId };
}

export function matchesHash(text: string, hash: Buffer): boolean {
  return timingSafeEqual(hashToken(text), hash);
}

// The secret holds more bits than any slow hash could protect better.
function hashToken(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
}

function checksum(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let index = 0; index < CHECKSUM_LENGTH; index += 1) {
    text = ALPHABET.charAt(rest % ALPHABET.length) + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}
