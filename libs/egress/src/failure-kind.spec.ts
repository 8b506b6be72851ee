import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { AppError } from '@portolan/kernel';
import { aSelfSignedCertificate } from '../../../test/support/self-signed';
import { Egress } from './egress';
import { failureKind } from './failure-kind';

const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const HOST = 'idp.example.com';

const resolver = (...addresses: readonly string[]) => ({
  lookup: () => Promise.resolve(addresses.map((address) => ({ address, family: 4 }))),
});

describe('A certificate', () => {
  const lookups = resolver('127.0.0.1');
  let tls: ReturnType<typeof createTlsServer>;
  let url: string;

  beforeEach(async () => {
    tls = createTlsServer(aSelfSignedCertificate(HOST), (_request, response) => response.end('trusted'));
    tls.listen(0, '127.0.0.1');
    await once(tls, 'listening');
    url = `https://${HOST}:${(tls.address() as AddressInfo).port}/`;
  });

  afterEach(async () => {
    tls.closeAllConnections();
    tls.close();
    await once(tls, 'close');
  });

  it('that nobody vouches for is refused, and taken by whoever takes any', async () => {
    const egress = new Egress({ allow: LOOPBACK }, lookups);
    expect(await kindOf(egress.fetch(url))).toBe('tls');
    expect((await egress.fetch(url, { verifyTls: false })).text).toBe('trusted');
  });

  it('that was taken unseen serves no request that wants to see it', async () => {
    const egress = new Egress({ allow: LOOPBACK }, lookups);
    await egress.fetch(url, { verifyTls: false });
    expect(await kindOf(egress.fetch(url))).toBe('tls');
    expect(await kindOf(egress.fetch(url, { verifyTls: true }))).toBe('tls');
  });

  it('that nobody looks at opens no address that may not be reached', async () => {
    const egress = new Egress({ allow: ['10.0.0.0/8'] }, lookups);
    expect(await kindOf(egress.fetch(url, { verifyTls: false }))).toBe('forbidden_address');
  });
});

describe('The kind of a failure', () => {
  const egress = new Egress({ allow: LOOPBACK });
  let server: Server;
  let port: number;
  let answer: RequestListener;
  const fetch = (options = {}, scheme = 'http') => egress.fetch(`${scheme}://127.0.0.1:${port}/`, options);

  beforeEach(async () => {
    answer = (_request, response) => response.end('hello');
    server = createServer((request, response) => {
      answer(request, response);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('is that of the address', async () => {
    expect(await kindOf(egress.fetch('http://169.254.169.254/'))).toBe('forbidden_address');
  });

  it('is that of the name', async () => {
    const lookup = () => Promise.reject(new Error('ENOTFOUND'));
    expect(await kindOf(new Egress({ allow: [] }, { lookup }).fetch(`https://${HOST}/`))).toBe('unresolved');
    expect(await kindOf(new Egress({ allow: [] }, resolver()).fetch(`https://${HOST}/`))).toBe('unresolved');
  });

  it('is that of the connection, over TLS too', async () => {
    answer = (request) => request.socket.destroy();
    expect(await kindOf(fetch())).toBe('unreachable');
    server.close();
    server.closeAllConnections();
    expect(await kindOf(fetch())).toBe('unreachable');
    expect(await kindOf(fetch({}, 'https'))).toBe('unreachable');
  });

  it('is that of TLS where the other side speaks none', async () => {
    expect(await kindOf(fetch({}, 'https'))).toBe('tls');
  });

  it('is that of the time, before and in the body', async () => {
    answer = () => undefined;
    expect(await kindOf(fetch({ timeoutMs: 50 }))).toBe('too_slow');
    answer = (_request, response) => response.writeHead(200).write('x');
    expect(await kindOf(fetch({ timeoutMs: 100 }))).toBe('too_slow');
  });

  it('is that of the size, as it is sent and as it unpacks', async () => {
    expect(await kindOf(fetch({ maxBytes: 4 }))).toBe('too_large');
    answer = (_request, response) =>
      response.writeHead(200, { 'Content-Encoding': 'gzip' }).end(gzipSync(Buffer.alloc(100_000)));
    expect(await kindOf(fetch({ maxBytes: 99_999 }))).toBe('too_large');
  });

  it('is that of the packing', async () => {
    answer = (_request, response) => response.writeHead(200, { 'Content-Encoding': 'zstd' }).end('x');
    expect(await kindOf(fetch())).toBe('unreadable');
    answer = (_request, response) => response.writeHead(200, { 'Content-Encoding': 'gzip' }).end('x');
    expect(await kindOf(fetch())).toBe('unreadable');
  });

  it('is none for errors of somebody else', () => {
    expect([failureKind(new Error('x')), failureKind(new AppError('internal')), failureKind(null)]).toEqual([
      null,
      null,
      null,
    ]);
  });
});

async function kindOf(answer: Promise<unknown>): Promise<string | null> {
  return failureKind(await answer.then(() => 'answered').catch((error: unknown) => error));
}
