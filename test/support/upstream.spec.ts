import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { call, type Answer } from './http';
import { until } from './until';
import { anUpstream, type OfficialMeta, type Upstream, type UpstreamRow } from './upstream';

const OFFICIAL = 'io.modelcontextprotocol.registry/official';
const NAME = 'com.example/weather';

interface Page {
  readonly servers: UpstreamRow[];
  readonly metadata: { readonly nextCursor?: string; readonly count: number };
}

let upstream: Upstream;

beforeAll(async () => {
  upstream = await anUpstream({ prefix: '/registry' });
});
beforeEach(async () => {
  await upstream.clear();
  await upstream.load([]);
});
afterAll(async () => {
  await upstream.close();
});

function ask(path: string): Promise<Answer> {
  const { origin, pathname } = new URL(upstream.url);
  return call(origin, 'GET', `${pathname}${path}`);
}

async function list(query = ''): Promise<Page> {
  const answer = await ask(`/v0.1/servers?${query}`);
  expect(answer.status).toBe(200);
  return answer.json<Page>();
}

async function crawl(query = ''): Promise<Page[]> {
  const pages: Page[] = [];
  let cursor: string | undefined = '';
  while (cursor !== undefined) {
    const page: Page = await list(`limit=100&${query}&cursor=${encodeURIComponent(cursor)}`);
    pages.push(page);
    cursor = page.metadata.nextCursor;
  }
  return pages;
}

function publish(version: string, name = NAME) {
  return upstream.publish({ name, description: 'The weather', version });
}

function keys(rows: readonly UpstreamRow[]): string[] {
  return rows.map(({ server }) => `${String(server.name)} ${String(server.version)}`);
}

function official(row: UpstreamRow | undefined): OfficialMeta {
  const meta = row?._meta?.[OFFICIAL];
  if (meta === undefined) throw new Error('the row has no metadata');
  return meta;
}

describe('an upstream', () => {
  it('lists versions in the order of their bytes, with a cursor behind each full page', async () => {
    for (const version of ['1.9.0', '1.10.0']) await publish(version);
    for (const name of ['com.example/Weather', 'com.example/weather-2', 'Com.example/weather'])
      await publish('1.0.0', name);
    const first = await list('limit=3');
    expect(keys(first.servers)).toEqual([
      'Com.example/weather 1.0.0',
      'com.example/Weather 1.0.0',
      'com.example/weather 1.10.0',
    ]);
    expect(first.metadata).toEqual({ nextCursor: 'com.example/weather:1.10.0', count: 3 });
    const second = await list(`limit=2&cursor=${encodeURIComponent('com.example/weather:1.10.0')}`);
    expect(keys(second.servers)).toEqual(['com.example/weather 1.9.0', 'com.example/weather-2 1.0.0']);
    expect(second.metadata.nextCursor).toBe('com.example/weather-2:1.0.0');
    const last = await ask(`/v0/servers?cursor=${encodeURIComponent('com.example/weather-2:1.0.0')}`);
    expect(last.text).toBe('{"servers":[],"metadata":{"count":0}}\n');
    expect(keys((await list('cursor=com.example/weather')).servers)).toEqual(['com.example/weather-2 1.0.0']);
  });

  it('filters by what was updated strictly after a time, deleted ones too', async () => {
    await upstream.now('2025-10-01T00:00:00.000001Z');
    await publish('1.0.0');
    await upstream.now('2025-10-01T00:00:00.000002Z');
    await publish('2.0.0');
    await upstream.setStatus(NAME, '2.0.0', 'deleted', 'Broken');
    expect(keys((await list()).servers)).toEqual([`${NAME} 1.0.0`]);
    expect((await list('include_deleted=true')).metadata.count).toBe(2);
    const { servers } = await list('updated_since=2025-10-01T00:00:00.000001Z');
    expect(official(servers[0])).toEqual({
      status: 'deleted',
      statusChangedAt: '2025-10-01T00:00:00.000002Z',
      statusMessage: 'Broken',
      publishedAt: '2025-10-01T00:00:00.000002Z',
      updatedAt: '2025-10-01T00:00:00.000002Z',
      isLatest: false,
    });
    expect((await list('updated_since=2025-10-01T02:00:00.000002%2B02:00')).servers).toEqual([]);
  });

  it('moves the latest flag without moving the time of those who lose it', async () => {
    const times = ['2025-10-01T00:00:00Z', '2025-10-02T00:00:00Z', '2025-10-03T00:00:00Z', '2025-10-04T00:00:00Z'];
    for (const [i, version] of ['1.0.0', '2.0.0-rc.1', '1.5', '2.0.0'].entries())
      await upstream.publish({ name: NAME, version }, { publishedAt: times[i] ?? '' });
    expect(keys((await list('version=latest')).servers)).toEqual([`${NAME} 2.0.0`]);
    const [loser] = (await list('version=2.0.0-rc.1')).servers;
    expect(official(loser)).toMatchObject({ isLatest: false, updatedAt: times[1] });
    await upstream.setStatus(NAME, '2.0.0', 'deleted');
    expect(official((await list('version=latest')).servers[0])).toMatchObject({ isLatest: true, updatedAt: times[1] });
  });

  it('gives the versions of a name, and one of them', async () => {
    for (const version of ['1.0.0', '1.1.0+b1']) await publish(version);
    const name = encodeURIComponent(NAME);
    expect(keys((await ask(`/v0.1/servers/${name}/versions`)).json<Page>().servers)).toEqual([
      `${NAME} 1.1.0+b1`,
      `${NAME} 1.0.0`,
    ]);
    for (const path of ['latest', '1.1.0+b1', '1.1.0%2Bb1', '1.1.0%252Bb1'])
      expect((await ask(`/v0/servers/${name}/versions/${path}`)).json<UpstreamRow>().server.version).toBe('1.1.0+b1');
    await upstream.setStatus(NAME, '1.0.0', 'deleted');
    expect((await ask(`/v0/servers/${name}/versions/1.0.0`)).status).toBe(404);
    expect((await ask(`/v0/servers/${name}/versions/1.0.0?include_deleted=1`)).status).toBe(200);
  });

  it('says what is wrong with a request', async () => {
    const limit = await ask('/v0.1/servers?limit=101');
    expect([limit.status, limit.headers['content-type']]).toEqual([422, 'application/problem+json']);
    expect(limit.text).toBe(
      '{"title":"Unprocessable Entity","status":422,"detail":"validation failed","errors":[{"message":"expected number <= 100","location":"query.limit","value":101}]}\n',
    );
    expect((await ask('/v0.1/servers?limit=0')).status).toBe(422);
    expect((await ask('/v0.1/servers?updated_since=2025-10-01')).status).toBe(400);
    expect((await ask('/v0.1/servers?updated_since=2025-10-01T00:00:00Z&include_deleted=false')).status).toBe(400);
    expect((await ask('/v0.1/servers/com.example/weather/versions')).json()).toMatchObject({ status: 404 });
  });

  it('pages through many versions and changes some', async () => {
    await upstream.generate({ versions: 1_000 });
    await upstream.clone(3);
    expect(await upstream.count()).toBe(3_000);
    const pages = await crawl();
    const rows = pages.flatMap(({ servers }) => servers);
    expect(pages).toHaveLength(31);
    expect(rows).toEqual(await upstream.entries());
    await upstream.now('2030-01-01T00:00:00Z');
    const touched = await upstream.touch(150);
    const changed = (await crawl('updated_since=2029-01-01T00:00:00Z')).flatMap(({ servers }) => servers);
    expect(keys(changed)).toEqual(touched.map(({ name, version }) => `${name} ${version}`));
  });

  it('holds what a file holds', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portolan-'));
    const [rows] = await upstream.snapshots({ names: 5 });
    writeFileSync(join(folder, 'snapshot.json.gz'), gzipSync(JSON.stringify({ servers: rows })));
    await upstream.loadFile(join(folder, 'snapshot.json.gz'));
    rmSync(folder, { recursive: true });
    expect((await crawl('include_deleted=true')).flatMap(({ servers }) => servers)).toEqual(rows);
  });

  it('makes the same three days of the same seed', async () => {
    const days = await upstream.snapshots();
    expect(await upstream.snapshots()).toEqual(days);
    const [first, second, third] = days.map((rows) => new Map(rows.map((row) => [keys([row])[0], row])));
    for (const [before, after] of [
      [first, second],
      [second, third],
    ]) {
      if (before === undefined || after === undefined) throw new Error('there are three');
      expect(after.size).toBeGreaterThan(before.size);
      const kept = [...before].map(([key, row]) => [row, after.get(key)] as const);
      const flips = kept.filter(
        ([old, now]) =>
          official(old).isLatest !== official(now).isLatest && official(old).updatedAt === official(now).updatedAt,
      );
      expect(flips.length).toBeGreaterThan(0);
      expect(kept.filter(([old, now]) => official(old).updatedAt !== official(now).updatedAt)).not.toHaveLength(0);
    }
  });

  it('keeps what came, and refuses whoever has no credential', async () => {
    await upstream.credentials('X-Api-Key', 'secret');
    expect((await ask('/v0.1/servers?limit=1')).status).toBe(401);
    await upstream.credentials('X-Api-Key', null);
    expect((await ask('/v0.1/servers?limit=1')).status).toBe(200);
    const requests = await upstream.requests();
    expect(requests).toHaveLength(2);
    expect(requests[0]).toMatchObject({ method: 'GET', path: '/registry/v0.1/servers', query: 'limit=1' });
    await upstream.clearRequests();
    expect(await upstream.requests()).toEqual([]);
  });
});

describe('an upstream at fault', () => {
  beforeEach(async () => {
    await upstream.generate({ versions: 250 });
  });

  it('answers with what is no page', async () => {
    await upstream.fault('empty');
    expect(await list()).toEqual({ servers: [], metadata: { count: 0 } });
    await upstream.fault(null);
    await upstream.fault('status', { code: 429, retryAfter: 7, times: 1 });
    const refused = await ask('/v0.1/servers');
    expect([refused.status, refused.headers['retry-after']]).toEqual([429, '7']);
    await upstream.fault('login_redirect', { times: 1 });
    const redirect = await ask('/v0.1/servers');
    expect(redirect.status).toBe(302);
    expect(redirect.headers.location).toMatch(/^http:\/\/localhost:\d+\/login$/);
    await upstream.fault('login_page', { times: 1 });
    expect((await ask('/v0.1/servers')).headers['content-type']).toBe('text/html');
    for (const fault of ['not_json', 'truncated_json'] as const) {
      await upstream.fault(fault, { times: 1 });
      const { status, text } = await ask('/v0.1/servers');
      expect(status).toBe(200);
      expect(() => JSON.parse(text) as unknown).toThrow();
    }
    expect((await list('limit=100')).metadata.count).toBe(100);
  });

  it('misleads by cursors', async () => {
    await upstream.fault('cursor_refused', { afterPages: 2 });
    const second = await list(
      `limit=100&cursor=${encodeURIComponent((await list('limit=100')).metadata.nextCursor ?? '')}`,
    );
    const third = await ask(`/v0.1/servers?limit=100&cursor=${encodeURIComponent(second.metadata.nextCursor ?? '')}`);
    expect(third.status).toBe(400);
    await upstream.fault(null);
    await upstream.fault('repeated_cursor');
    const first = await list('limit=10');
    expect(await list(`limit=10&cursor=${encodeURIComponent(first.metadata.nextCursor ?? '')}`)).toEqual(first);
    await upstream.fault('endless_cursor');
    const seen = new Set<string>();
    let cursor = '';
    for (let i = 0; i < 5; i += 1) {
      const page = await list(`limit=100&cursor=${encodeURIComponent(cursor)}`);
      for (const key of keys(page.servers)) seen.add(key);
      cursor = page.metadata.nextCursor ?? '';
    }
    expect(seen.size).toBe(500);
  });

  it('sends more than anybody wants', async () => {
    await upstream.fault('big_page', { times: 1 });
    expect((await ask('/v0.1/servers')).text.length).toBeGreaterThan(20 * 1_048_576);
    await upstream.fault('gzip_bomb', { times: 1 });
    const bomb = await ask('/v0.1/servers');
    expect(bomb.headers['content-encoding']).toBe('gzip');
    expect(Number(bomb.headers['content-length'])).toBeLessThan(1_048_576);
    await upstream.fault('gzip', { times: 1 });
    expect((await ask('/v0.1/servers')).headers['content-encoding']).toBe('gzip');
  });

  it('lists what no registry should list', async () => {
    await upstream.fault('poison', { n: 40 });
    const { servers, metadata } = await list('limit=100');
    expect([servers.length, metadata.count]).toEqual([140, 140]);
    expect(servers).toContain(null);
    const answer = await ask('/v0.1/servers?limit=100');
    expect(answer.text).toContain('half a \\ud83d character');
    expect(answer.text).toContain('a \\u0000 within');
    expect((await crawl()).flatMap((page) => page.servers)).toHaveLength(290);
  });

  it('cuts, holds or starves a connection', async () => {
    await upstream.fault('reset', { times: 1 });
    await expect(ask('/v0.1/servers')).rejects.toThrow(/ECONNRESET|aborted/);
    for (const fault of ['hang', 'drip'] as const) {
      await upstream.fault(fault, { times: 1 });
      await upstream.clearRequests();
      const open = new AbortController();
      const asked = fetch(`${upstream.url}/v0.1/servers`, { signal: open.signal }).then((answer) => answer.text());
      const ended = expect(asked).rejects.toThrow(/abort/);
      await until('the request came', async () => (await upstream.requests()).length === 1);
      open.abort();
      await ended;
    }
    await upstream.fault('pause_at_page', { page: 1 });
    const paused = list();
    await until('the request is held', async () => (await upstream.held()) === 1);
    await upstream.resume();
    expect((await paused).metadata.count).toBe(30);
    expect((await list()).metadata.count).toBe(30);
  });

  it('forgets and remembers', async () => {
    const [row] = await upstream.entries();
    const [name, version] = [String(row?.server.name), String(row?.server.version)];
    await upstream.remove(name, version);
    expect(await upstream.count()).toBe(249);
    await upstream.fault('drop', { percent: 20 });
    const left = (await crawl()).flatMap(({ servers }) => servers);
    expect(left.length).toBeGreaterThan(150);
    expect(left.length).toBeLessThan(240);
    expect((await crawl()).flatMap(({ servers }) => servers)).toEqual(left);
    await upstream.fault('drop', null);
    await upstream.fault('resurrect');
    expect((await crawl()).flatMap(({ servers }) => servers)).toHaveLength(250);
    await upstream.fault(null);
    const [before] = (await list('limit=1')).servers;
    await upstream.fault('time_backwards');
    const [after] = (await list('limit=1')).servers;
    const ms = ({ updatedAt }: OfficialMeta) => Date.parse(updatedAt);
    expect(ms(official(before)) - ms(official(after))).toBe(3_600_000);
  });
});
