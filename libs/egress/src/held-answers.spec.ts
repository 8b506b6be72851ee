import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Egress } from './egress';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

describe('An answer that nobody needs any more', () => {
  let server: Server;
  let url: string;

  beforeEach(async () => {
    server = createServer((_request, response) => response.end('x'.repeat(100_000)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });

  afterEach(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  it('is kept by nobody, however long it might have taken', async () => {
    const egress = new Egress({ allow: ['127.0.0.0/8'] });
    const fetched = async () => new WeakRef((await egress.fetch(url, { timeoutMs: 3_600_000 })).bytes);
    const answers: WeakRef<Buffer>[] = [];
    for (let i = 0; i < 10; i += 1) answers.push(await fetched());
    // What was looked at lives to the end of the turn.
    await turn();
    collectGarbage();
    // The connection may still know its last one.
    expect(answers.slice(0, -1).filter((one) => one.deref() !== undefined)).toEqual([]);
  });
});
