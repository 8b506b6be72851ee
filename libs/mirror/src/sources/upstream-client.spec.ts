import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { Egress } from '@portolan/egress';
import { UpstreamClient } from './upstream-client';
import { UpstreamFault, type UpstreamFaultCode } from './upstream-fault';
import type { UpstreamTarget } from './upstream-target';

const SECRET = 'Bearer never-to-be-told';
const MEBIBYTE = 1024 * 1024;

const client = new UpstreamClient(new Egress({ allow: ['127.0.0.0/8'] }));

let server: Server;
let target: UpstreamTarget;
let requests: IncomingMessage[];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

const json = (body: unknown, status = 200) => text(JSON.stringify(body), status);
const text =
  (body: string | Buffer, status = 200, headers: Readonly<Record<string, string>> = {}) =>
  (_request: IncomingMessage, response: ServerResponse) => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(body);
  };
const page = (...names: readonly string[]) => ({
  servers: names.map((name) => ({ server: { name }, _meta: { x: 1 } })),
  metadata: { count: names.length },
});

async function faultOf(asked: Promise<unknown>): Promise<UpstreamFault> {
  const error = await asked.then(() => new Error('it was answered')).catch((reason: unknown) => reason);
  if (!(error instanceof UpstreamFault)) throw error;
  return error;
}

beforeEach(async () => {
  requests = [];
  answer = json(page('com.example/one'));
  server = createServer((request, response) => {
    requests.push(request);
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  target = { url: `http://127.0.0.1:${port}/base`, verifyTls: true, headers: { authorization: SECRET } };
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

describe('A request to an upstream', () => {
  it('asks for a page with deleted versions, below its URL, with its headers', async () => {
    await client.listPage(target, 'v0.1');
    expect(requests[0]?.url).toBe('/base/v0.1/servers?limit=100&include_deleted=true');
    expect(requests[0]?.headers).toMatchObject({ authorization: SECRET, accept: 'application/json' });
  });

  it('says cursor and time as they are, whatever is in them', async () => {
    const cursor = 'com.example/a b+c:1.0.0&x=1#ü%2F';
    const updatedSince = '2026-01-01T00:00:00.123456+02:00';
    await client.listPage(target, 'v0', { cursor, updatedSince, limit: 7 });
    expect(requests[0]?.url).not.toMatch(/[+ ]/);
    const { pathname, searchParams } = new URL(requests[0]?.url ?? '', target.url);
    expect(pathname).toBe('/base/v0/servers');
    expect(Object.fromEntries(searchParams)).toEqual({
      limit: '7',
      include_deleted: 'true',
      cursor,
      updated_since: updatedSince,
    });
  });

  it('asks for one version by its name, deleted or not', async () => {
    answer = json({ server: { name: 'com.example/one' }, _meta: { x: 1 } });
    const entry = await client.getVersion(target, 'v0.1', 'com.example/one', '1.0.0+build/2');
    expect(requests[0]?.url).toBe(
      '/base/v0.1/servers/com.example%2Fone/versions/1.0.0%2Bbuild%2F2?include_deleted=true',
    );
    expect(entry).toEqual({ server: { name: 'com.example/one' }, _meta: { x: 1 } });
  });

  it.each([
    ['..', '1.0.0'],
    ['com.example/one', '..'],
    ['com.example/one', ''],
  ])('never leaves the place of versions: %s, %s', async (name, version) => {
    expect((await faultOf(client.getVersion(target, 'v0.1', name, version))).code).toBe('not_a_registry');
    expect(requests).toEqual([]);
  });
});

describe('The version of the API', () => {
  const knows = (version: string) => {
    answer = (request, response) => {
      if (request.url?.startsWith(`/base/${version}/servers?`)) json(page())(request, response);
      else text('404 page not found', 404)(request, response);
    };
  };

  it('is v0.1 where the upstream knows it, and then nothing else is asked', async () => {
    knows('v0.1');
    expect(await client.findApiVersion(target)).toBe('v0.1');
    expect(requests).toHaveLength(1);
  });

  it('is v0 where it knows only that', async () => {
    knows('v0');
    expect(await client.findApiVersion(target)).toBe('v0');
  });

  it('is none where it knows neither', async () => {
    knows('v9');
    expect(await faultOf(client.findApiVersion(target))).toMatchObject({ code: 'refused', httpStatus: 404 });
  });

  it.each([401, 500])('is not guessed when v0.1 is answered with %d', async (status) => {
    answer = text('', status);
    expect((await faultOf(client.findApiVersion(target))).httpStatus).toBe(status);
    expect(requests).toHaveLength(1);
  });
});

describe('A page', () => {
  it('has its entries as they came, with their size and what they are behind', async () => {
    const body = { servers: [{ server: { name: 'a' }, _meta: null }, { server: 5 }], metadata: { nextCursor: 'c:1' } };
    answer = text(JSON.stringify(body), 200, { Date: 'Thu, 01 Jan 2026 00:00:00 GMT' });
    expect(await client.listPage(target, 'v0.1')).toEqual({
      entries: [
        { server: { name: 'a' }, _meta: null },
        { server: 5, _meta: undefined },
      ],
      nextCursor: 'c:1',
      bytes: JSON.stringify(body).length,
      httpStatus: 200,
      answeredAtMs: Date.parse('2026-01-01T00:00:00Z'),
    });
  });

  it.each(['', 'now'])('of an upstream whose clock says %j has no time', async (date) => {
    answer = text('{"servers":[]}', 200, { Date: date });
    expect((await client.listPage(target, 'v0.1')).answeredAtMs).toBeNull();
  });

  it('keeps what is no entry at all for its reader to judge', async () => {
    answer = json({ servers: [null, 'x', ['y'], {}] });
    const { entries } = await client.listPage(target, 'v0.1');
    expect(entries.map((entry) => entry.server)).toEqual([null, 'x', ['y'], undefined]);
  });

  it.each([
    [{ servers: null }, 0],
    [{ servers: [] }, 0],
    [page('a', 'b'), 2],
  ])('is whole: %j', async (body, count) => {
    answer = json(body);
    expect((await client.listPage(target, 'v0.1')).entries).toHaveLength(count);
  });

  it.each([
    [undefined, null],
    [null, null],
    [{}, null],
    [{ nextCursor: null }, null],
    [{ nextCursor: '' }, null],
    [{ nextCursor: 'a' }, 'a'],
    [{ next_cursor: 'b' }, 'b'],
    [{ nextCursor: null, next_cursor: 'c' }, 'c'],
    [{ nextCursor: 'a', next_cursor: 'b' }, 'a'],
  ])('with the metadata %j goes on at %j', async (metadata, cursor) => {
    answer = json({ servers: [], metadata });
    expect((await client.listPage(target, 'v0.1')).nextCursor).toBe(cursor);
  });

  it.each([
    ['gzip', gzipSync],
    ['br', brotliCompressSync],
  ])('may come in %s, and is as large as it unpacks', async (encoding, pack) => {
    const body = JSON.stringify(page('a'.repeat(1_000)));
    answer = text(pack(body), 200, { 'Content-Encoding': encoding });
    expect((await client.listPage(target, 'v0.1')).bytes).toBe(body.length);
  });
});

describe('An answer that is no page', () => {
  it.each<[number, UpstreamFaultCode, boolean]>([
    [204, 'not_a_registry', true],
    [301, 'redirected', false],
    [302, 'redirected', false],
    [304, 'redirected', false],
    [308, 'redirected', false],
    [400, 'refused', false],
    [401, 'credentials_refused', false],
    [403, 'credentials_refused', false],
    [404, 'refused', false],
    [408, 'server_error', true],
    [410, 'refused', false],
    [418, 'refused', false],
    [422, 'refused', false],
    [425, 'server_error', true],
    [429, 'rate_limited', true],
    [500, 'server_error', true],
    [502, 'server_error', true],
    [503, 'server_error', true],
  ])('with the status %d is %s; it may pass: %s', async (status, code, isTransient) => {
    answer = text('', status, { Location: '/login' });
    const fault = await faultOf(client.listPage(target, 'v0.1'));
    expect([fault.code, fault.httpStatus, fault.isTransient]).toEqual([code, status, isTransient]);
    expect(requests).toHaveLength(1);
  });

  it.each<[number, UpstreamFaultCode]>([
    [400, 'cursor_refused'],
    [410, 'cursor_refused'],
    [422, 'cursor_refused'],
    [404, 'refused'],
    [401, 'credentials_refused'],
    [500, 'server_error'],
  ])('with the status %d after a cursor is %s', async (status, code) => {
    answer = text('', status);
    expect((await faultOf(client.listPage(target, 'v0.1', { cursor: 'c' }))).code).toBe(code);
  });

  it.each([
    [429, '7', 7_000],
    [503, '120', 120_000],
    [425, '1', 1_000],
    [429, 'Thu, 01 Jan 1970 00:00:00 GMT', 0],
    [429, 'soon', null],
    [400, '7', null],
  ])('with the status %d and Retry-After %s asks for %s ms', async (status, header, retryAfterMs) => {
    answer = text('', status, { 'Retry-After': header });
    expect((await faultOf(client.listPage(target, 'v0.1'))).retryAfterMs).toBe(retryAfterMs);
  });

  it.each([
    ['a page for people', '<!doctype html><title>Sign in</title>'],
    ['nothing', ''],
    ['half of a page', '{"servers":[{"server":'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a text', '"servers"'],
    ['no servers', '{}'],
    ['servers that are no list', '{"servers":{}}'],
    ['servers that are a number', '{"servers":0}'],
    ['metadata that are none', '{"servers":[],"metadata":"x"}'],
    ['a cursor that is a number', '{"servers":[],"metadata":{"nextCursor":5}}'],
    ['a cursor that is an object', '{"servers":[],"metadata":{"next_cursor":{}}}'],
  ])('is %s', async (_, body) => {
    answer = text(body);
    expect(await faultOf(client.listPage(target, 'v0.1'))).toMatchObject({ code: 'not_a_registry', httpStatus: 200 });
  });

  it('is larger than 20 MiB, as it is sent or as it unpacks', async () => {
    const large = JSON.stringify({ servers: [{ server: 'x'.repeat(20 * MEBIBYTE) }] });
    answer = text(large);
    expect((await faultOf(client.listPage(target, 'v0.1'))).code).toBe('too_large');
    answer = text(gzipSync(large), 200, { 'Content-Encoding': 'gzip' });
    expect((await faultOf(client.listPage(target, 'v0.1'))).code).toBe('too_large');
  });

  it('holds more values than 5,000 versions have, however small they are', async () => {
    const holding = (values: string) => text(`{"servers":[{"server":{"x":[${values}0]}}]}`);
    for (const value of ['{},', '[],', '0,']) {
      answer = holding(value.repeat(1_000_000));
      expect(await faultOf(client.listPage(target, 'v0.1'))).toMatchObject({ code: 'too_large', httpStatus: 200 });
    }
    // As much text, and as many of them as may be.
    answer = holding('"longer than that",'.repeat(900_000));
    expect((await client.listPage(target, 'v0.1')).entries).toHaveLength(1);
  });

  it('is packed in a way that nobody asked for', async () => {
    answer = text('x', 200, { 'Content-Encoding': 'zstd' });
    expect((await faultOf(client.listPage(target, 'v0.1'))).code).toBe('not_a_registry');
  });

  it('is a version that is none', async () => {
    answer = json([]);
    expect((await faultOf(client.getVersion(target, 'v0.1', 'a/b', '1'))).code).toBe('not_a_registry');
  });
});

describe('No answer', () => {
  it('is told by what stands in its way', async () => {
    answer = () => undefined;
    expect((await faultOf(client.listPage(target, 'v0.1', { timeoutMs: 50 }))).code).toBe('too_slow');
    answer = (request) => request.socket.destroy();
    expect((await faultOf(client.listPage(target, 'v0.1'))).code).toBe('unreachable');
    const tls = { ...target, url: target.url.replace('http:', 'https:') };
    expect((await faultOf(client.listPage(tls, 'v0.1'))).code).toBe('tls_failed');
    const metadata = { ...target, url: 'http://169.254.169.254' };
    expect(await faultOf(client.listPage(metadata, 'v0.1'))).toMatchObject({
      code: 'address_forbidden',
      httpStatus: null,
      isTransient: false,
    });
  });
});

describe('What a fault says', () => {
  it('has nothing of the answer and nothing of the headers in it', async () => {
    for (const status of [200, 302, 400, 401, 429, 500]) {
      answer = text('<p>secret of the house</p>', status, { Location: 'https://login.internal/', Server: 'internal' });
      const { message, cause } = await faultOf(client.listPage(target, 'v0.1'));
      expect(`${message} ${String(cause)}`).not.toMatch(/secret|internal|never-to-be-told/);
    }
  });
});
