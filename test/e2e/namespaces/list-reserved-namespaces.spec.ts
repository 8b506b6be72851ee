import { aWorld, type World } from '../../support/world';
import { refusesBadQueries, type Listed } from '../access/support/identity';
import {
  aReserved,
  aStranger,
  anUpstreamsAccount,
  RESERVED,
  type ReservedNamespace,
} from './support/reserved-namespaces';

const NAMESPACES = ['io.github.acme', 'com.example', 'com.example.tools'];

describe('list-reserved-namespaces: GET /v0/reserved-namespaces', () => {
  let world: World;
  let ours: ReservedNamespace[];
  let theirs: ReservedNamespace[];

  const list = (query = '', token = world.acme.admin) => world.call('GET', `${RESERVED}${query}`, { token });

  beforeAll(async () => {
    world = await aWorld();
    [ours, theirs] = [[], []];
    for (const namespace of NAMESPACES) {
      ours.push(await aReserved(world, world.acme, namespace));
      theirs.push(await aReserved(world, world.globex, namespace));
    }
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers with whole rows in order of the namespaces', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({
        data: [...ours].sort((a, b) => (a.namespace < b.namespace ? -1 : 1)),
        meta: { page: { number: 1, size: 10, total: 3 } },
      });
    });

    it.each([
      ['?page[size]=2&page[number]=2', ['io.github.acme']],
      ['?sort=created_at desc', ['com.example.tools', 'com.example', 'io.github.acme']],
      ['?filter[namespace]=com.example', ['com.example']],
      ['?filter[namespace][contains]=EXAMPLE', ['com.example', 'com.example.tools']],
      ['?filter[created_at][lt]=2020-01-01T00:00:00Z', []],
    ])('pages, finds and sorts: %s', async (query, namespaces) => {
      const { data } = (await list(query.replaceAll(' ', '%20'))).json<Listed<ReservedNamespace>>();
      expect(data.map(({ namespace }) => namespace)).toEqual(namespaces);
    });
  });

  describe('rejects bad input', () => {
    refusesBadQueries((query) => list(query));
  });

  describe('requires sign-in', () => {
    it('answers 401', async () => {
      expect((await world.call('GET', RESERVED)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers to whoever may see upstreams, and to nobody else', async () => {
      expect((await list('', await anUpstreamsAccount(world, world.acme, 'Viewer'))).status).toBe(200);
      expect((await list('', await aStranger(world, world.acme))).status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    it('lists nothing of theirs, and finds none of theirs', async () => {
      const own = (await list()).json<Listed<ReservedNamespace>>().data.map(({ id }) => id);
      expect(theirs.filter(({ id }) => own.includes(id))).toEqual([]);
      const found = await list(`?filter[id]=${theirs[0]?.id ?? ''}`);
      expect(found.json<Listed<ReservedNamespace>>().meta.page.total).toBe(0);
    });
  });
});
