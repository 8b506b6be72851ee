import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { aSelfSignedCertificate } from '../../../support/self-signed';

export interface SmallUpstream {
  readonly url: string;
  readonly requests: readonly IncomingMessage[];
  /** Answers every request from now on. */
  answerWith(answer: RequestListener): void;
  close(): Promise<void>;
}

/** A server of which a test says what it answers, as it needs one that is no real registry. */
export async function aSmallUpstream({ tls = false } = {}): Promise<SmallUpstream> {
  const requests: IncomingMessage[] = [];
  let answer: RequestListener = sends({});
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    answer(request, response);
  };
  const server = tls ? createTlsServer(aSelfSignedCertificate('localhost'), listener) : createServer(listener);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answerWith: (next) => {
      answer = next;
      requests.length = 0;
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function sends(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}) {
  return (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
    response.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** Answers by how the path of a request begins, and with 404 where nothing fits. */
export function serves(answers: Readonly<Record<string, RequestListener>>): RequestListener {
  return (request, response) => {
    const [, answer] = Object.entries(answers).find(([path]) => request.url?.startsWith(path)) ?? [];
    (answer ?? sends('404 page not found', 404))(request, response);
  };
}

/** A list as an upstream has it that tells no times. */
export function listOf(...names: readonly string[]) {
  return { servers: names.map(versionOf), metadata: { count: names.length } };
}

export function versionOf(name: string) {
  return { server: { name, description: 'Tells the weather', version: '1.0.0' } };
}
