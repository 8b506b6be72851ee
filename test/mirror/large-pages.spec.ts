import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from 'pg';
import { MirrorWorld, type Mirrored } from '../support/mirror-world';
import { until } from '../support/until';
import { anEntry } from './support/entries';

const LARGE = 'd'.repeat(2 * 1024 * 1024);

/** A page of one version. */
const pageOf = (name: string, { nextCursor, padding = '' }: { nextCursor?: string; padding?: string } = {}) =>
  JSON.stringify({ servers: [anEntry({ name })], metadata: { nextCursor }, padding });

describe('Pages that are large', () => {
  let mirrors: MirrorWorld;
  let server: Server;
  let base: string;
  /** By the path of the upstream. */
  const upstreams = new Map<string, (response: ServerResponse, cursor: string | null) => unknown>();

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    await mirrors.startWorker();
    server = createServer((request, response) => {
      const { pathname, searchParams } = new URL(request.url ?? '', 'http://upstream');
      const cursor = searchParams.get('cursor');
      const isProbe = searchParams.get('limit') === '1';
      const answer = upstreams.get(pathname.split('/')[1] ?? '');
      if (isProbe || answer === undefined) response.end('{"servers":[],"metadata":{}}');
      else void answer(response, cursor);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  afterAll(async () => {
    await mirrors.close();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  async function follow(name: string): Promise<Mirrored> {
    const { acme } = mirrors.world;
    return mirrors.aMirror(acme, { upstreamId: await mirrors.anUpstream(acme, { url: `${base}/${name}` }) });
  }

  const pagesOf = async (name: string) => {
    const [row] = await mirrors.world.db.query<{ pages: number }>(
      `select c.pages from source_crawl c join source s on s.id = c.source_id and s.number = c.number where s.url = $1`,
      [`${base}/${name}`],
    );
    return row?.pages ?? 0;
  };

  it('are kept before the page behind them is asked for', async () => {
    const kept: number[] = [];
    upstreams.set('list', async (response, cursor) => {
      const page = Number(cursor ?? 0);
      if (page <= 3) kept.push(await pagesOf('list'));
      const more = page < 3 ? { nextCursor: String(page + 1) } : {};
      response.end(pageOf(`com.example.list/p-${page}`, { ...more, padding: LARGE }));
    });
    expect(await mirrors.run(await follow('list'))).toMatchObject({ state: 'succeeded', counts: { new: 4 } });
    expect(kept.slice(0, 4)).toEqual([0, 1, 2, 3]);
  });

  it('are in hand one at a time, and small ones go on beside them', async () => {
    const blocker = new Client({ connectionString: mirrors.world.db.superuserUrl });
    await blocker.connect();
    try {
      let isBlocked = false;
      upstreams.set('first', async (response) => {
        if (!isBlocked) {
          await blocker.query('begin');
          await blocker.query('select from source where url = $1 for update', [`${base}/first`]);
        }
        response.end(pageOf('com.example.first/one', { padding: LARGE }), () => (isBlocked = true));
      });
      let isSent = false;
      upstreams.set('second', (response) => {
        response.end(pageOf('com.example.second/one', { padding: LARGE }), () => (isSent = true));
      });
      upstreams.set('small', (response, cursor) => {
        response.end(pageOf(`com.example.small/p-${cursor ?? 0}`, cursor === null ? { nextCursor: '1' } : {}));
      });
      const [first, second, small] = await Promise.all(['first', 'second', 'small'].map(follow));
      if (first === undefined || second === undefined || small === undefined) throw new Error('there are three');
      const firstRun = await mirrors.ask(first);
      await until('the first one is written', async () => {
        const { rowCount } = await blocker.query(`select from pg_stat_activity where wait_event_type = 'Lock'`);
        return isBlocked && (rowCount ?? 0) > 0;
      });
      const secondRun = await mirrors.ask(second);
      await until('the second one has come', () => isSent);
      expect(await mirrors.run(small)).toMatchObject({ state: 'succeeded', counts: { new: 2 } });
      expect([await pagesOf('first'), await pagesOf('second')]).toEqual([0, 0]);
      await blocker.query('commit');
      for (const [mirror, run] of [
        [first, firstRun],
        [second, secondRun],
      ] as const)
        expect(await mirrors.ended(mirror, run)).toMatchObject({ state: 'succeeded', counts: { new: 1 } });
    } finally {
      await blocker.end();
    }
  });
});
