import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';

export interface CallOptions {
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly raw?: string | Buffer;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body with the trace id, which no two answers share, masked. */
  readonly masked: string;
  /** The challenge of a 401 without the base that the request itself named. */
  readonly challenge: string | undefined;
  /** The parsed body; the caller says its shape. */
  json<T = Record<string, unknown>>(): T;
}

/** One HTTP request whose path goes out byte for byte: no client tidies up `//`, `%2F` or `..` on the way. */
export function call(origin: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  const { hostname, port } = new URL(origin);
  const payload = options.raw ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
  const headers: Record<string, string> = {
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(payload === undefined ? {} : { 'content-length': String(Buffer.byteLength(payload)) }),
    ...options.headers,
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ hostname, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          masked: text.replace(/portolan:trace:[0-9a-f]{32}/, 'portolan:trace:*'),
          challenge: response.headers['www-authenticate']?.replace(/resource_metadata="[^"]+"/, 'resource_metadata=*'),
          json: <T>() => JSON.parse(text) as T,
        });
      });
    });
    request.on('error', reject);
    request.end(payload);
  });
}
