import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { AppError } from '@portolan/kernel';
import { until } from '../../../test/support/until';
import { Egress } from './egress';

const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const HOST = 'idp.example.com';
const FORBIDDEN = new AppError('forbidden_address');
const UNREACHABLE = { code: 'upstream_unreachable', detail: new AppError('upstream_unreachable').detail };

let server: Server;
let port: number;
let connections: number;
let answer: RequestListener;

beforeEach(async () => {
  connections = 0;
  answer = (_request, response) => response.end('hello');
  server = createServer((request, response) => {
    answer(request, response);
  });
  server.on('connection', () => (connections += 1));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

/** Answers with one list of addresses after the other, the last of them for ever. */
function resolver(...answers: readonly (readonly string[])[]) {
  const asked: string[] = [];
  const lookup = (hostname: string) => {
    const addresses = answers[Math.min(asked.push(hostname), answers.length) - 1] ?? [];
    return Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
  };
  return { asked, lookup };
}

describe('A request to an address that the operator allows', () => {
  const egress = new Egress({ allow: LOOPBACK });

  it('brings back status, headers and body', async () => {
    answer = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const got = { method: request.method, url: request.url, body: Buffer.concat(chunks).toString() };
        response
          .writeHead(418, { 'X-One': ['a', 'b'] })
          .end(JSON.stringify({ ...got, token: request.headers['x-token'] }));
      });
    };
    const response = await egress.fetch(`http://127.0.0.1:${port}/path?q=1#part`, {
      method: 'POST',
      headers: { 'X-Token': 't' },
      body: 'böдy',
    });
    expect([response.status, response.headers['x-one']]).toEqual([418, 'a, b']);
    expect(JSON.parse(response.text)).toEqual({ method: 'POST', url: '/path?q=1', body: 'böдy', token: 't' });
    expect(response.bytes.toString()).toBe(response.text);
  });

  it('dials what the name resolved to, once, and tells the server the name', async () => {
    const { asked, lookup } = resolver(['127.0.0.1'], ['0.0.0.0']);
    answer = (request, response) => response.end(request.headers.host);
    const response = await new Egress({ allow: LOOPBACK }, { lookup }).fetch(`http://${HOST}:${port}/`);
    expect([response.text, asked]).toEqual([`${HOST}:${port}`, [HOST]]);
  });

  it('names the host, not its address, when it asks for TLS', async () => {
    let hello = '';
    const tls = createTcpServer((socket) => {
      socket.once('data', (bytes) => {
        hello = bytes.toString('latin1');
        socket.destroy();
      });
    });
    tls.listen(0, '127.0.0.1');
    await once(tls, 'listening');
    const url = `https://${HOST}:${(tls.address() as AddressInfo).port}/`;
    await expect(new Egress({ allow: LOOPBACK }, resolver(['127.0.0.1'])).fetch(url)).rejects.toMatchObject(
      UNREACHABLE,
    );
    tls.close();
    expect(hello).toContain(HOST);
  });

  it('does not follow a redirect', async () => {
    answer = (_request, response) => response.writeHead(302, { Location: 'http://169.254.169.254/' }).end();
    const response = await egress.fetch(`http://127.0.0.1:${port}/`);
    expect([response.status, response.headers['location'], connections]).toEqual([302, 'http://169.254.169.254/', 1]);
  });

  it('takes no proxy from the environment', async () => {
    const before = process.env['http_proxy'];
    process.env['http_proxy'] = 'http://127.0.0.1:9';
    try {
      expect((await egress.fetch(`http://127.0.0.1:${port}/`)).text).toBe('hello');
    } finally {
      if (before === undefined) delete process.env['http_proxy'];
      else process.env['http_proxy'] = before;
    }
  });

  it.each([
    ['gzip', gzipSync('packed')],
    ['deflate', deflateSync('packed')],
    ['br', brotliCompressSync('packed')],
    ['GZIP', gzipSync('packed')],
    ['identity', Buffer.from('packed')],
  ])('unpacks %s', async (encoding, body) => {
    answer = (_request, response) => response.writeHead(200, { 'Content-Encoding': encoding }).end(body);
    expect((await egress.fetch(`http://127.0.0.1:${port}/`)).text).toBe('packed');
  });

  it('has an answer that is as long as it may be', async () => {
    expect((await egress.fetch(`http://127.0.0.1:${port}/`, { maxBytes: 5 })).text).toBe('hello');
  });
});

describe('An answer that is refused', () => {
  const egress = new Egress({ allow: LOOPBACK });
  const fetch = (options = {}) => egress.fetch(`http://127.0.0.1:${port}/`, options);

  it('is one over the cap, whether it says so or not', async () => {
    await expect(fetch({ maxBytes: 4 })).rejects.toMatchObject(UNREACHABLE);
    answer = (_request, response) => {
      response.write('hel');
      response.end('lo');
    };
    await expect(fetch({ maxBytes: 4 })).rejects.toMatchObject(UNREACHABLE);
  });

  it('is an endless one, which is read no further than it may be long', async () => {
    let sent = 0;
    let isCut = false;
    answer = (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536;
      };
      response.on('drain', more);
      response.on('close', () => (isCut = true));
      more();
    };
    await expect(fetch()).rejects.toMatchObject(UNREACHABLE);
    await until('the connection is cut', () => isCut);
    // What the system keeps of it on both sides is beyond the room's power.
    expect(sent).toBeLessThan(32 * 1024 * 1024);
  });

  it.each([
    ['gzip', gzipSync(Buffer.alloc(50_000_000))],
    ['br', brotliCompressSync(Buffer.alloc(5_000_000))],
  ])('is one that unpacks beyond the cap: %s', async (encoding, bomb) => {
    answer = (_request, response) => response.writeHead(200, { 'Content-Encoding': encoding }).end(bomb);
    expect(bomb.length).toBeLessThan(1024 * 1024);
    await expect(fetch()).rejects.toMatchObject(UNREACHABLE);
  });

  it.each(['gzip, gzip', 'zstd', 'compress'])('is one in the encoding %s', async (encoding) => {
    answer = (_request, response) => response.writeHead(200, { 'Content-Encoding': encoding }).end(gzipSync('x'));
    await expect(fetch()).rejects.toMatchObject(UNREACHABLE);
  });

  it('is one that drips beyond the time, and its connection is cut', async () => {
    let isCut = false;
    answer = (_request, response) => {
      const drip = setInterval(() => response.write('x'), 5);
      response.on('close', () => {
        clearInterval(drip);
        isCut = true;
      });
    };
    await expect(fetch({ timeoutMs: 200 })).rejects.toMatchObject(UNREACHABLE);
    await until('the connection is cut', () => isCut);
  });

  it('is one that never begins, be it the name that does not resolve', async () => {
    answer = () => undefined;
    await expect(fetch({ timeoutMs: 100 })).rejects.toMatchObject(UNREACHABLE);
    const lookup = () => new Promise<never>(() => undefined);
    const unresolved = new Egress({ allow: [] }, { lookup }).fetch(`https://${HOST}/`, { timeoutMs: 50 });
    await expect(unresolved).rejects.toMatchObject(UNREACHABLE);
  });

  it('tells nothing of what was found, and keeps its cause for the log', async () => {
    server.close();
    const error = await fetch().catch((reason: unknown) => reason);
    expect(error).toMatchObject(UNREACHABLE);
    expect((error as AppError).cause).toMatchObject({ code: 'ECONNREFUSED' });
    const lookup = () => Promise.reject(new Error('ENOTFOUND'));
    await expect(new Egress({ allow: [] }, { lookup }).fetch(`https://${HOST}/`)).rejects.toMatchObject(UNREACHABLE);
    const nothing = new Egress({ allow: [] }, resolver([]));
    await expect(nothing.fetch(`https://${HOST}/`)).rejects.toMatchObject(UNREACHABLE);
  });
});

describe('A URL that leads where it may not', () => {
  it.each([
    'http://169.254.169.254/',
    'https://169.254.169.254/',
    'http://[::ffff:7f00:1]/',
    'https://[::ffff:7f00:1]/',
    'http://0x7f000001/',
    'https://0x7f000001/',
    'http://2130706433/',
    'https://2130706433/',
    'https://0177.0.0.1/',
    'https://127.1/',
    'https://[::1]/',
    'https://8.8.8.8/',
    'https://[2606:4700::1111]/',
    'file:///etc/passwd',
    'gopher://example.com/',
    'ftp://example.com/',
    'data:text/plain,x',
    'http://example.com/',
    'http://example.com:443/',
    'https://example.com:22/',
    'https://user@example.com/',
    'https://user:secret@example.com/',
    'https://:secret@example.com/',
    'example.com',
    '//example.com/',
    '',
  ])('is refused before anything is resolved: %s', async (url) => {
    const { asked, lookup } = resolver(['8.8.8.8']);
    const egress = new Egress({ allow: [] }, { lookup });
    expect(() => egress.check(url)).toThrow(FORBIDDEN);
    await expect(egress.fetch(url)).rejects.toThrow(FORBIDDEN);
    expect(asked).toEqual([]);
  });

  it.each(['https://example.com', 'https://example.com:443/', 'https://example.com:8443/x', 'HTTPS://EXAMPLE.com/'])(
    'is not %s',
    (url) => {
      expect(new Egress({ allow: [] }).check(url).hostname).toBe('example.com');
    },
  );

  it('may be what the operator allows, and nothing beside it', () => {
    const egress = new Egress({ allow: ['10.0.0.0/8'] });
    expect(egress.check('http://10.1.2.3:8080/').port).toBe('8080');
    expect(egress.check('http://idp.internal:8080/').hostname).toBe('idp.internal');
    for (const url of ['http://11.1.2.3/', 'https://user@10.1.2.3/', 'ftp://10.1.2.3/', 'ftp://idp.internal/'])
      expect(() => egress.check(url)).toThrow(FORBIDDEN);
  });

  it.each([
    ['a private address', ['10.0.0.1']],
    ['this machine', ['127.0.0.1']],
    ['this machine by no address', ['0.0.0.0']],
    ['the metadata service', ['169.254.169.254']],
    ['a public A and a private AAAA record', ['8.8.8.8', '::1']],
    ['a private A and a public AAAA record', ['127.0.0.1', '2606:4700::1111']],
    ['a private address in its IPv6 form', ['::ffff:127.0.0.1']],
  ])('is refused when its name resolves to %s', async (_, addresses) => {
    const egress = new Egress({ allow: [] }, resolver(addresses));
    await expect(egress.fetch(`https://${HOST}:8443/`)).rejects.toThrow(FORBIDDEN);
    await expect(egress.fetch(`https://${HOST}/`)).rejects.toThrow(FORBIDDEN);
  });

  // 0.0.0.0 is this machine, too: the server would be reached if it were dialled.
  it.each([[['0.0.0.0']], [['127.0.0.1', '0.0.0.0']], [['127.0.0.1', '8.8.8.8']]])(
    'opens no connection after its name resolves to %j instead of an allowed address',
    async (addresses) => {
      const { asked, lookup } = resolver(['127.0.0.1'], addresses);
      const egress = new Egress({ allow: LOOPBACK }, { lookup });
      answer = (_request, response) => response.writeHead(200, { Connection: 'close' }).end();
      await egress.fetch(`http://${HOST}:${port}/`);
      await expect(egress.fetch(`http://${HOST}:${port}/`)).rejects.toThrow(FORBIDDEN);
      expect([asked.length, connections]).toEqual([2, 1]);
    },
  );

  it('is refused over http or on any other port where its address is a public one', async () => {
    const egress = new Egress({ allow: LOOPBACK }, resolver(['8.8.8.8']));
    await expect(egress.fetch(`http://${HOST}/`)).rejects.toThrow(FORBIDDEN);
    await expect(egress.fetch(`https://${HOST}:22/`)).rejects.toThrow(FORBIDDEN);
  });

  it('is answered without what was found', async () => {
    const error = await new Egress({ allow: [] }, resolver(['10.9.8.7']))
      .fetch(`https://${HOST}/`)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'forbidden_address', detail: FORBIDDEN.detail, cause: undefined });
  });
});
