import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PUBLIC_ID_LENGTH = 12;
// 32 characters of 62 hold 190.5 bits.
const SECRET_LENGTH = 32;
const CHECKSUM_LENGTH = 6;
const FORMAT = new RegExp(
  `^ptl_(pat|sat)_([0-9A-Za-z]{${PUBLIC_ID_LENGTH}})_[0-9A-Za-z]{${SECRET_LENGTH}}([0-9A-Za-z]{${CHECKSUM_LENGTH}})$`,
);

/** `pat` belongs to a user, `sat` to a system account. */
export type TokenType = 'pat' | 'sat';

export interface NewAccessToken {
  /** The whole token; shown once, never stored. */
  readonly text: string;
  readonly publicId: string;
  readonly hash: Buffer;
}

export function mintAccessToken(type: TokenType): NewAccessToken {
  const publicId = randomText(PUBLIC_ID_LENGTH);
  const body = `ptl_${type}_${publicId}_${randomText(SECRET_LENGTH)}`;
  const text = body + checksum(body);
  return { text, publicId, hash: hashToken(text) };
}

/** The public id of a well-formed token, or null: garbage is told apart without asking the database. */
export function publicIdOf(text: string): string | null {
  const match = FORMAT.exec(text);
  if (!match?.[2] || match[3] !== checksum(text.slice(0, -CHECKSUM_LENGTH))) return null;
  return match[2];
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
