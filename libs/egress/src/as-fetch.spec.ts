import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { AppError } from '@portolan/kernel';
import { asFetch } from './as-fetch';
import { Egress } from './egress';

describe('The egress room in the shape of fetch', () => {
  const fetch = asFetch(new Egress({ allow: ['127.0.0.0/8'] }));
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/empty') return response.writeHead(204).end();
      if (request.url === '/moved') return response.writeHead(302, { Location: '/' }).end();
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { 'content-type': type, 'x-token': token } = request.headers;
        const got = { method: request.method, type, token, body: Buffer.concat(chunks).toString() };
        response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' });
        response.end(gzipSync(JSON.stringify(got)));
      });
      return undefined;
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('sends forms and hands out what comes back, unpacked', async () => {
    const response = await fetch(`${url}/`, {
      method: 'POST',
      headers: { 'X-Token': 't' },
      body: new URLSearchParams({ code: 'a b' }),
      redirect: 'manual',
    });
    expect([response.status, response.headers.get('content-encoding')]).toEqual([200, null]);
    expect(await response.json()).toEqual({
      method: 'POST',
      type: 'application/x-www-form-urlencoded;charset=UTF-8',
      token: 't',
      body: 'code=a+b',
    });
  });

  it('hands out redirects and answers without a body', async () => {
    expect((await fetch(`${url}/moved`)).status).toBe(302);
    const empty = await fetch(`${url}/empty`);
    expect([empty.status, await empty.text()]).toEqual([204, '']);
  });

  it('refuses what the egress room refuses', async () => {
    await expect(fetch('http://169.254.169.254/')).rejects.toThrow(new AppError('forbidden_address'));
    await expect(fetch('https://user:secret@example.com/')).rejects.toThrow(new AppError('forbidden_address'));
  });
});
