import { randomFillSync } from 'node:crypto';

const ID_BYTES = 16;

// Asking the system for so few bytes costs more than all else that is done for an id.
const pool = Buffer.alloc(256 * ID_BYTES);
let taken = pool.length;

/** 32 hex digits, the form of a W3C trace id. */
export function newRequestId(): string {
  if (taken === pool.length) {
    randomFillSync(pool);
    taken = 0;
  }
  taken += ID_BYTES;
  return pool.toString('hex', taken - ID_BYTES, taken);
}
