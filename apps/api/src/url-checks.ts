import { AppError } from '@portolan/kernel';

/**
 * Refuses URLs that nothing behind the router should have to think about: NUL in any disguise and escapes that are not
 * UTF-8.
 *
 * @throws AppError null_bytes, malformed_path
 */
export function checkUrl(url: string): void {
  const mark = url.indexOf('?');
  const path = mark === -1 ? url : url.slice(0, mark);
  const query = mark === -1 ? '' : url.slice(mark + 1);
  const decodedPath = decode(path);
  if (decodedPath.includes('\u0000') || decodedPath.includes('%00')) throw new AppError('null_bytes');
  if (decode(query).includes('\u0000'))
    throw new AppError('null_bytes', { detail: 'Invalid request: query parameters contain null bytes' });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    throw new AppError('malformed_path', { cause: error });
  }
}

/** True for a URL that checkUrl has nothing against. */
export function isWellFormed(url: string): boolean {
  // Whatever it refuses is written with one.
  if (!url.includes('%')) return true;
  try {
    checkUrl(url);
    return true;
  } catch {
    return false;
  }
}
