import { aShelf, twins, WEATHER, type Shelf } from '../../e2e/sub-api/shelf';
import { versionPath } from '../../e2e/sub-api/wire';
import { aWorld, type World } from '../../support/world';
import { VsCodeGallery } from '../vs-code';

const LATEST = versionPath(WEATHER, 'latest');
const READS = ['servers', 'servers/com.example%2Fweather/versions', LATEST, versionPath(WEATHER, '1.0.0')];

describe('caching', () => {
  let world: World;
  let open: Shelf;
  let closed: Shelf;

  beforeAll(async () => {
    world = await aWorld();
    open = (await twins(world, 'open', { visibility: 'public' })).ours;
    closed = (await twins(world, 'closed')).ours;
    await open.publish();
    await closed.publish();
  });

  afterAll(() => world.close());

  it('75. answers 304 with CORS to the ETag of a list and of a version', async () => {
    for (const path of READS) {
      const { headers } = await open.call('GET', path, { token: '' });
      const answer = await open.call('GET', path, { token: '', headers: { 'if-none-match': headers.etag ?? '' } });
      expect([path, answer.status, answer.text]).toEqual([path, 304, '']);
      expect(answer.headers['access-control-allow-origin']).toBe('*');
      expect(answer.headers.etag).toBe(headers.etag);
    }
  });

  it('76. has every cache ask again, and only the caller keep what is private', async () => {
    for (const path of READS) {
      const shown = await open.call('GET', path, { token: '' });
      expect(shown.headers['cache-control']).toBe('public, max-age=1, must-revalidate');
      const kept = await closed.call('GET', path);
      expect(kept.headers['cache-control']).toBe('private, no-cache');
      expect(kept.headers.vary).toContain('Authorization');
    }
    expect((await closed.call('GET', LATEST, { token: '' })).headers['cache-control']).toBe('no-store');
  });

  it('77. answers 404 as soon as a server is removed, to a conditional request too', async () => {
    const shelf = await aShelf(world, world.acme, 'removed', { visibility: 'public' });
    await shelf.publish();
    const gallery = new VsCodeGallery(world.url, shelf.base);
    expect(await gallery.latest(WEATHER)).toMatchObject({ version: '1.0.0' });
    const { headers } = await shelf.call('GET', LATEST, { token: '' });
    await shelf.setStatuses(WEATHER, 'deleted');
    expect(await gallery.latest(WEATHER)).toBeUndefined();
    const answer = await shelf.call('GET', LATEST, { token: '', headers: { 'if-none-match': headers.etag ?? '' } });
    expect(answer.status).toBe(404);
  });

  it('78. answers 500 lookups of the latest at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 500 }, (_, index) =>
        index % 2 === 0 ? open.call('GET', LATEST, { token: '' }) : closed.call('GET', LATEST),
      ),
    );
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
  });
});
