import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Egress } from '@portolan/egress';
import { UpstreamClient } from '../sources/upstream-client';
import { checkConnection } from './check-connection';

describe('A test of a connection that takes long', () => {
  const client = new UpstreamClient(new Egress({ allow: ['127.0.0.0/8'] }));
  let server: Server;
  let requests: number;

  beforeEach(async () => {
    requests = 0;
    server = createServer((_request, response) => {
      requests += 1;
      response.end(
        JSON.stringify({ servers: [{ server: { name: 'com.example/one', description: 'x', version: '1.0.0' } }] }),
      );
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it.each([
    [2_000, 3, 'passed', ['updated_since', 'version_read']],
    [6_000, 2, 'failed', ['updated_since', 'version_read', 'latency']],
    [20_000, 1, 'failed', ['updated_since', 'version_read', 'latency']],
  ])('by %d ms a question asks %d and no more within 30 s', async (stepMs, asked, latency, failed) => {
    let clockMs = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => (clockMs += stepMs));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { checks } = await checkConnection(client, { url, verifyTls: true, headers: {} });
    expect(requests).toBe(asked);
    expect(checks.at(-1)).toMatchObject({ name: 'latency', status: latency });
    expect(checks.filter(({ status }) => status === 'failed').map(({ name }) => name)).toEqual(failed);
  });
});
