/**
 * @typedef {(method: string, path: string, body?: unknown) => Promise<any>} Call throws unless it is answered with 2xx
 */

/**
 * @param {string} url origin of an API
 * @param {string} token
 * @returns {Call}
 */
export function clientOf(url, token) {
  return async (method, path, body) => {
    const answer = await fetch(url + path, {
      method,
      headers: { ...bearer(token), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === '' ? {} : JSON.parse(text);
  };
}

/** @param {string} token */
export function bearer(token) {
  return { authorization: `Bearer ${token}` };
}

/**
 * Does something for each, so many at a time.
 * @template T, R
 * @param {readonly T[]} items
 * @param {number} concurrency
 * @param {(item: T, index: number) => Promise<R>} work
 * @returns {Promise<R[]>} in the order of the items
 */
export async function each(items, concurrency, work) {
  /** @type {R[]} */
  const results = [];
  let next = 0;
  const one = async () => {
    for (let index = next++; index < items.length; index = next++)
      results[index] = await work(/** @type {T} */ (items[index]), index);
  };
  await Promise.all(Array.from({ length: concurrency }, one));
  return results;
}
