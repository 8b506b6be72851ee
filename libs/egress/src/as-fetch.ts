import type { Egress, EgressRequest } from './egress';

const WITHOUT_BODY = new Set([204, 205, 304]);
// They describe the body as it was sent, and it is handed on decompressed.
const OF_THE_TRANSFER = new Set(['content-encoding', 'content-length', 'transfer-encoding']);

type Fetch = (input: string | URL, init?: RequestInit) => Promise<Response>;

/** The egress room in the shape of `fetch`, for libraries that take one. Redirects are handed out, never followed. */
export function asFetch(egress: Pick<Egress, 'check' | 'fetch'>): Fetch {
  return async (input, init) => {
    const request = new Request(egress.check(input), init);
    const body = new Uint8Array(await request.arrayBuffer());
    const { status, headers, bytes } = await egress.fetch(request.url, {
      method: request.method as NonNullable<EgressRequest['method']>,
      headers: Object.fromEntries(request.headers),
      ...(body.length === 0 ? {} : { body }),
    });
    const kept = Object.entries(headers).filter(([name]) => !OF_THE_TRANSFER.has(name));
    return new Response(WITHOUT_BODY.has(status) ? null : new Uint8Array(bytes), { status, headers: kept });
  };
}
