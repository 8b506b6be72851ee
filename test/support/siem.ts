import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** A request as it came in. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Unpacked. */
  readonly text: string;
  readonly lines: readonly string[];
  /** Whether it was answered with a status of 2xx. */
  readonly taken: boolean;
}

/** `hang` never answers, `drip` begins an answer that does not end; both until `release`. `reset` cuts the connection. */
export type Reaction =
  | 'hang'
  | 'drip'
  | 'reset'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/** What a customer's SIEM is to us: a server that takes batches, or does whatever a test has it do. */
export interface Siem {
  readonly url: string;
  readonly requests: readonly Received[];
  /** Reactions to the next requests, in order; after them every request is answered with 200. */
  react(...reactions: readonly Reaction[]): void;
  /** Lines of the batches that were taken. */
  lines(): string[];
  /** The same as JSON. */
  entries<T = Record<string, unknown>>(): T[];
  /** Cuts the connections of requests that hang or drip. */
  release(): void;
  /** Forgets requests and reactions. */
  clear(): void;
  /** Listens no more; the next connection is refused. */
  stop(): Promise<void>;
  /** Listens again, at the same place. */
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function aSiem(): Promise<Siem> {
  const requests: Received[] = [];
  const reactions: Reaction[] = [];
  const held = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    void receive(request).then((body) => {
      const reaction = reactions.shift() ?? { status: 200 };
      const text = unpack(body, request.headers);
      requests.push({
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        text,
        lines: text.split('\n').filter((line) => line !== ''),
        taken: typeof reaction === 'object' && reaction.status >= 200 && reaction.status < 300,
      });
      if (reaction === 'reset') response.destroy();
      else if (typeof reaction === 'object') response.writeHead(reaction.status, reaction.headers).end(reaction.body);
      else {
        held.add(response);
        if (reaction === 'drip') response.writeHead(200, { 'Content-Length': '1000' }).write('.');
      }
    });
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const port = await listen(0);
  const lines = () => requests.filter(({ taken }) => taken).flatMap((request) => request.lines);
  return {
    url: `http://127.0.0.1:${port}/ingest?source=portolan`,
    requests,
    react: (...next) => {
      reactions.push(...next);
    },
    lines,
    entries: <T>() => lines().map((line) => JSON.parse(line) as T),
    release: () => {
      for (const response of held) response.destroy();
      held.clear();
    },
    clear: () => {
      requests.length = 0;
      reactions.length = 0;
    },
    stop,
    start: async () => {
      await listen(port);
    },
    close: async () => {
      if (server.listening) await stop();
    },
  };
}

async function receive(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function unpack(body: Buffer, { 'content-encoding': encoding }: IncomingHttpHeaders): string {
  return (encoding === 'gzip' ? gunzipSync(body) : body).toString('utf8');
}
