import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { aShelf, type Shelf } from '../e2e/sub-api/shelf';
import { aWorld, type World } from '../support/world';

interface Raw {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
}

describe('Encodings of a page', () => {
  let world: World;
  let shelf: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    shelf = await aShelf(world, world.acme, 'tools');
    for (let number = 0; number < 10; number += 1)
      await shelf.publish({
        name: `com.example/server-${number}`,
        description: 'Does what others do, again and again',
      });
  });

  afterAll(() => world.close());

  function get(path: string, headers: Record<string, string>): Promise<Raw> {
    const { hostname, port } = new URL(world.url);
    return new Promise((resolve, reject) => {
      const options = { hostname, port, path: `${shelf.base}/v0.1/${path}`, agent: false };
      request({ ...options, headers: { authorization: `Bearer ${world.acme.admin}`, ...headers } }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const { statusCode: status = 0 } = response;
          resolve({ status, headers: response.headers as Raw['headers'], bytes: Buffer.concat(chunks) });
        });
      })
        .on('error', reject)
        .end();
    });
  }

  const DECODERS = { gzip: gunzipSync, br: brotliDecompressSync } as const;

  it.each([
    ['gzip', 'gzip'],
    ['gzip, deflate', 'gzip'],
    ['gzip, deflate, br, zstd', 'br'],
    ['br;q=0.1, gzip', 'gzip'],
    ['*', 'br'],
    ['identity', undefined],
    ['identity, gzip;q=0.5', undefined],
    ['gzip;q=0', undefined],
    ['zstd', undefined],
    ['', undefined],
    [`gzip${', x'.repeat(100)}`, undefined],
  ] as const)('Accept-Encoding %j gets %s, and the same content', async (accepted, expected) => {
    const plain = await get('servers', {});
    expect(plain.headers['content-encoding']).toBeUndefined();
    // From the database, then from memory.
    for (const round of [1, 2]) {
      const answer = await get('servers', { 'accept-encoding': accepted });
      expect([round, answer.status, answer.headers['content-encoding']]).toEqual([round, 200, expected]);
      expect(answer.headers['content-length']).toBe(String(answer.bytes.length));
      expect(answer.headers.vary).toBe('Authorization, Accept-Encoding');
      const content = expected === undefined ? answer.bytes : DECODERS[expected](answer.bytes);
      expect(content.equals(plain.bytes)).toBe(true);
      expect(answer.headers.etag === plain.headers.etag).toBe(expected === undefined);
      if (expected !== undefined) expect(answer.bytes.length).toBeLessThan(plain.bytes.length / 2);
    }
  });

  it('have an ETag each, and whoever has one of them is told that nothing has changed', async () => {
    const tags = new Set<string>();
    for (const accepted of ['identity', 'gzip', 'br'])
      tags.add((await get('servers', { 'accept-encoding': accepted })).headers.etag ?? '');
    expect(tags.size).toBe(3);
    for (const tag of tags) {
      expect(tag).toMatch(/^"[^"]+"$/);
      for (const accepted of ['identity', 'gzip', 'br']) {
        const answer = await get('servers', { 'accept-encoding': accepted, 'if-none-match': tag });
        expect([answer.status, answer.bytes.length, answer.headers['content-encoding']]).toEqual([304, 0, undefined]);
      }
    }
    for (const other of ['"x"', [...tags][0]?.slice(0, -1) ?? '', `"${[...tags][0]?.slice(1, -1) ?? ''}-zstd"`])
      expect((await get('servers', { 'if-none-match': other })).status).toBe(200);
  });

  it('leaves alone what is short', async () => {
    const answer = await get('servers/com.example%2Fserver-1/versions/latest', { 'accept-encoding': 'gzip, br' });
    expect([answer.status, answer.headers['content-encoding']]).toEqual([200, undefined]);
    expect(answer.headers.vary).toBe('Authorization, Accept-Encoding');
  });
});
