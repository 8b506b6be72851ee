import { aWorld, type World } from '../../support/world';
import { problems, type Listed } from '../access/support/identity';
import { aDestination, anAuditAccount, DESTINATIONS, type Destination } from './support/destinations';

const ENDPOINT = 'https://siem.example.com/100%25';
const SETTINGS = [
  { name: 'beta', format: 'cef', endpoint: ENDPOINT },
  { name: 'alpha', enabled: false },
  { name: 'gamma', authorization: 'Bearer secret' },
];

describe('list-audit-log-destinations: GET /v0/audit-log-destinations', () => {
  let world: World;

  const list = (query = '', token = world.acme.admin) => world.call('GET', `${DESTINATIONS}${query}`, { token });
  const namesOf = async (query: string) => (await list(query)).json<Listed<Destination>>().data.map(({ name }) => name);

  beforeAll(async () => {
    world = await aWorld();
    for (const settings of SETTINGS)
      for (const organization of [world.acme, world.globex]) await aDestination(world, organization, settings);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers with whole destinations in order of their names, without a secret', async () => {
      const answer = await list();
      const { data, meta } = answer.json<Listed<Destination>>();
      expect([answer.status, meta]).toEqual([200, { page: { number: 1, size: 10, total: 3 } }]);
      expect(data.map(({ name, authorization_set: isSet }) => [name, isSet])).toEqual([
        ['alpha', false],
        ['beta', false],
        ['gamma', true],
      ]);
      expect(answer.text).not.toContain('Bearer');
    });

    it.each([
      ['?page[size]=2&page[number]=2', ['gamma']],
      ['?sort=name desc', ['gamma', 'beta', 'alpha']],
      ['?sort=created_at', ['beta', 'alpha', 'gamma']],
      ['?filter[format]=cef', ['beta']],
      ['?filter[enabled]=false', ['alpha']],
      ['?filter[name][contains]=A', ['alpha', 'beta', 'gamma']],
      ['?filter[updated_at][lt]=2020-01-01T00:00:00Z', []],
    ])('pages, finds and sorts: %s', async (query, names) => {
      expect(await namesOf(query.replaceAll(' ', '%20'))).toEqual(names);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['?page[size]=101', 'page[size]', 'max'],
      ['?sort=endpoint', 'sort', 'enum'],
      ['?filter[authorization]=x', 'filter[authorization]', 'enum'],
      ['?filter[enabled]=yes', 'filter[enabled]', 'is_boolean'],
      ['?limit=5', 'limit', 'unknown_property'],
    ])('%s', async (query, field, rule) => {
      const answer = await list(query);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toEqual([expect.objectContaining({ field, rule, source: 'query' })]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401', async () => {
      expect((await world.call('GET', DESTINATIONS)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers to whoever may read the trail, and to nobody else', async () => {
      expect((await list('', await anAuditAccount(world, world.acme, 'Viewer'))).status).toBe(200);
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: '*' }]);
      expect((await list('', token)).status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    it('lists nothing of theirs, and counts nothing of theirs', async () => {
      const theirs = (await list('', world.globex.admin)).json<Listed<Destination>>().data;
      const own = (await list()).json<Listed<Destination>>().data.map(({ id }) => id);
      expect(theirs.filter(({ id }) => own.includes(id))).toEqual([]);
      expect((await list(`?filter[id]=${theirs[0]?.id}`)).json<Listed<Destination>>().meta.page.total).toBe(0);
    });
  });
});
