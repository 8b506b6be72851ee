import { ListServers } from '@portolan/catalogue';
import { aWorld, type World } from '../../support/world';
import { aShelf, type Shelf } from './shelf';
import { idsOf, type ServerList } from './wire';

const NAMES = 40;
/** Of each server, the one that is everywhere among them. */
const VERSIONS = 5;
const RARE = [3, 4, 17, 39];
const DELETED = [0, 5, 10, 15, 16, 17, 18, 19, 20];
const CHANGED = [2, 9, 10, 38];
const BOUNDS = [1, 5, 7, NAMES * VERSIONS - 1];
const SINCE = '2025-06-01T00:00:00Z';

describe('list-servers of one version number, in a registry that holds more than a page looks at', () => {
  let world: World;
  let shelf: Shelf;
  let other: Shelf;
  let bound: number;

  beforeAll(async () => {
    // The bound changes behind the back of what remembers pages.
    world = await aWorld({ PAGE_CACHE_MB: '0', RATE_LIMIT_SEARCH: '999999/9999999' });
    shelf = await aShelf(world, world.acme, 'large');
    other = await aShelf(world, world.globex, 'large');
    for (const one of [shelf, other]) await fill(one);
    const list = world.app.get(ListServers, { strict: false });
    const run = list.run.bind(list);
    jest.spyOn(list, 'run').mockImplementation((ctx, request) => run(ctx, request, bound));
  });

  afterAll(() => world.close());

  async function fill({ id, organization }: Shelf): Promise<void> {
    await world.db.query(
      `with version as materialized (
         select n, 'com.example/s' || lpad(n::text, 2, '0') as name, version
         from generate_series(0, ${NAMES - 1}) n,
              unnest(array['0.1.0', '1.0.0', '2.0.0', '3.0.0', case when n = any ($5) then '1.5.0' else '1.4.0' end]) version),
       document as (
         insert into document (hash, body)
         select sha256((name || version)::bytea), json_build_object('name', name, 'version', version) from version
         on conflict do nothing)
       insert into server_version (org_id, registry_id, name, version, document_hash, status, status_changed_at,
                                   published_at, updated_at, is_latest)
       select $1, $2, name, version, sha256((name || version)::bytea),
              case when n = any ($3) then 'deleted' else 'active' end, '2025-01-01', '2025-01-01',
              case when n = any ($4) then '2025-07-01' else '2025-01-01' end::timestamptz, version = '1.0.0'
       from version`,
      [organization.id, id, DELETED, CHANGED, RARE],
    );
    await world.db.query('update registry set version_count = $2, revision = revision + 1 where id = $1', [
      id,
      NAMES * VERSIONS,
    ]);
  }

  async function pages(query: string, limit: number): Promise<ServerList[]> {
    const all: ServerList[] = [];
    for (let cursor: string | undefined = ''; cursor !== undefined;) {
      const page: ServerList = await shelf.list(`?limit=${limit}&${query}&cursor=${cursor}`);
      all.push(page);
      cursor = page.metadata.nextCursor;
      if (all.length > 2 * NAMES * VERSIONS) throw new Error('the list has no end');
    }
    return all;
  }

  const named = (numbers: readonly number[], version: string) =>
    numbers.map((n) => `com.example/s${String(n).padStart(2, '0')}@${version}`);
  const all = Array.from({ length: NAMES }, (_, n) => n);
  const without = (numbers: readonly number[]) => numbers.filter((n) => !DELETED.includes(n));
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['version=1.0.0', named(without(all), '1.0.0')],
    ['version=1.5.0', named(without(RARE), '1.5.0')],
    ['version=9.9.9', []],
    ['version=0', []],
    ['version=1.0.0&include_deleted=true', named(all, '1.0.0')],
    ['version=1.5.0&include_deleted=true', named(RARE, '1.5.0')],
    [`version=1.0.0&updated_since=${SINCE}`, named(CHANGED, '1.0.0')],
    [`version=1.5.0&updated_since=${SINCE}`, []],
    ['version=1.0.0&search=S1', named(without(all.filter((n) => n >= 10 && n < 20)), '1.0.0')],
    ['version=1.5.0&search=s3&include_deleted=true', named([39], '1.5.0')],
    ['version=9.9.9&search=example', []],
  ];

  describe.each(BOUNDS)('where it looks at %i', (count) => {
    beforeEach(() => {
      bound = count;
    });

    it.each(lists)('lists %s whole, in order and once', async (query, wanted) => {
      for (const limit of [3, 100])
        expect([limit, (await pages(query, limit)).flatMap(idsOf)]).toEqual([limit, wanted]);
    });
  });

  it('looks at no more than that for a page, which may then hold fewer, and tells where to go on', async () => {
    bound = 7;
    const found = await pages('version=1.0.0', 100);
    // Two names of five versions each.
    expect(found.map(({ metadata }) => metadata.count)).toEqual([
      1, 2, 1, 2, 2, 1, 2, 1, 0, 0, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2,
    ]);
    for (const page of (await pages('version=9.9.9', 100)).slice(0, -1))
      expect(page.servers.length === 0 && page.metadata.nextCursor !== undefined).toBe(true);
  });

  it('answers whole what holds no more than that', async () => {
    bound = NAMES * VERSIONS;
    for (const [query, wanted] of lists) {
      const { servers, metadata } = await shelf.list(`?limit=100&${query}`);
      expect([query, servers.length, metadata.nextCursor]).toEqual([query, wanted.length, undefined]);
    }
  });

  it('asks nothing of the kind for a list of all versions, or of the latest', async () => {
    bound = 1;
    expect((await shelf.list('?limit=100')).metadata.count).toBe(100);
    expect((await shelf.list('?version=latest&limit=100')).metadata.nextCursor).toBeUndefined();
  });
});
