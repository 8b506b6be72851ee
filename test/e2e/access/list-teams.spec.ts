import { PREDEFINED_TEAMS } from '@portolan/access';
import { aWorld, type World } from '../../support/world';
import { aTeam, needsIdentityViewer, refusesBadQueries, type Listed, type Team } from './support/identity';

// Both organizations have teams of these names.
const TEAMS = [
  { name: 'alpha', labels: { env: 'dev' } },
  { name: 'beta', description: 'Second', labels: { env: 'test' } },
  { name: 'gamma' },
];

describe('list-teams: GET /v0/teams', () => {
  let world: World;
  const own: Team[] = [];
  const foreign: Team[] = [];

  const list = (query = '', token = world.acme.admin) => world.call('GET', `/v0/teams${query}`, { token });
  const names = async (query: string) => (await list(query)).json<Listed<Team>>().data.map(({ name }) => name);

  beforeAll(async () => {
    world = await aWorld();
    for (const body of TEAMS) {
      own.push(await aTeam(world, world.acme, body));
      foreign.push(await aTeam(world, world.globex, body));
    }
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with whole teams by name, the predefined ones among them', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      const { data, meta } = answer.json<Listed<Team>>();
      const total = TEAMS.length + PREDEFINED_TEAMS.length;
      expect(meta).toEqual({ page: { number: 1, size: 10, total } });
      expect(data.filter(({ system_team: predefined }) => !predefined)).toEqual(own);
      const predefined = data.filter(({ system_team: one }) => one).map(({ name }) => name);
      expect(predefined.sort()).toEqual(PREDEFINED_TEAMS.map(({ name }) => name).sort());
    });

    it.each([
      ['filter[name]=beta', ['beta']],
      ['filter[name][contains]=MM', ['gamma']],
      ['filter[description]', ['beta']],
      ['filter[labels.env][oeq]=dev,test', ['alpha', 'beta']],
      ['filter[system_team]=false', ['alpha', 'beta', 'gamma']],
      ['filter[system_team][neq]=true&sort=name%20desc', ['gamma', 'beta', 'alpha']],
      ['filter[system_team]=false&sort=created_at%20desc', ['gamma', 'beta', 'alpha']],
      ['filter[system_team]=false&page[size]=1&page[number]=2', ['beta']],
    ])('%s keeps what it names', async (query, expected) => {
      expect((await names(`?${query}`)).filter((name) => !/^(?:Organization Admin|MCP|Auditor)/.test(name))).toEqual(
        expected,
      );
    });

    it('finds by id and counts what it keeps', async () => {
      const { data, meta } = (await list(`?filter[id]=${own[1]?.id ?? ''}`)).json<Listed<Team>>();
      expect([data, meta.page.total]).toEqual([[own[1]], 1]);
    });
  });

  describe('rejects bad input', () => {
    refusesBadQueries(list);

    it('refuses a boolean that is none', async () => {
      expect((await list('?filter[system_team]=yes')).status).toBe(400);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with WWW-Authenticate', async () => {
      const answer = await world.call('GET', '/v0/teams');
      expect([answer.status, answer.challenge]).toEqual([401, 'Bearer realm="portolan"']);
    });
  });

  describe('requires the permission', () => {
    needsIdentityViewer(
      () => world,
      (token) => list('', token),
    );
  });

  describe('hides other organizations', () => {
    it('neither shows nor counts nor finds the teams of the other one', async () => {
      const { data } = (await list('?page[size]=100')).json<Listed<Team>>();
      for (const { id } of foreign) {
        expect(data.map((one) => one.id)).not.toContain(id);
        expect((await list(`?filter[id]=${id}`)).json<Listed<Team>>().meta.page.total).toBe(0);
      }
    });
  });
});
