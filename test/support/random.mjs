/**
 * Random numbers that are the same each time.
 * @param {number} seed
 */
export function randomOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (/** @type {number} */ n) => Math.floor(next() * n);
  return {
    /** At least 0, less than 1. */
    next,
    /** A whole number, at least 0, less than n. */
    below,
    /**
     * One of them.
     * @template T
     * @param {readonly T[]} items at least one
     * @returns {T}
     */
    of: (items) => /** @type {T} */ (items[below(items.length)]),
    /**
     * So many different numbers from 0 to n - 1, or all of them.
     * @param {number} count
     * @param {number} n
     */
    distinct: (count, n) => {
      /** @type {Set<number>} */
      const found = new Set();
      while (found.size < Math.min(count, n)) found.add(below(n));
      return [...found];
    },
  };
}
