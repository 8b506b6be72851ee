import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { aWorld, type World } from '../../support/world';

describe('A client that hangs up in the middle of its request', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  it('is no error of ours', async () => {
    const logged: string[] = [];
    const spies = [process.stdout, process.stderr].map((stream) =>
      jest.spyOn(stream, 'write').mockImplementation((text) => {
        logged.push(String(text));
        return true;
      }),
    );
    try {
      const { hostname, port } = new URL(world.url);
      const arrived = once(world.app.getHttpServer(), 'request') as Promise<[unknown, ServerResponse]>;
      const socket = connect(Number(port), hostname);
      socket.write(
        'POST /v0/teams HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"',
      );
      const [, response] = await arrived;
      const closed = once(response, 'close');
      socket.resetAndDestroy();
      await closed;
      // Whatever was to be said of it has been said before the next answer.
      await world.call('GET', '/livez');
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    expect(logged.join('')).toBe('');
  });
});
