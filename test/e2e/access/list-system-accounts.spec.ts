import { aWorld, type World } from '../../support/world';
import { needsIdentityViewer, refusesBadQueries, type Listed } from './support/identity';
import { anInstant, aSystemAccount, type SystemAccount } from './support/people';

describe('list-system-accounts: GET /v0/system-accounts', () => {
  let world: World;

  const list = (query = '', token = world.acme.admin) => world.call('GET', `/v0/system-accounts${query}`, { token });
  const names = async (query = '') => (await list(query)).json<Listed<SystemAccount>>().data.map(({ name }) => name);

  beforeAll(async () => {
    world = await aWorld();
    for (const organization of [world.acme, world.globex]) {
      await aSystemAccount(world, organization, { name: 'pipeline', description: 'Publishes' });
      await aSystemAccount(world, organization, { name: 'agent' });
      const { id } = await aSystemAccount(world, organization, { name: 'old 100%' });
      const path = `/v0/system-accounts/${id}`;
      await world.call('PATCH', path, { token: organization.admin, body: { active: false } });
    }
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with every account, disabled ones too', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      const { data, meta } = answer.json<Listed<SystemAccount>>();
      expect(meta.page).toEqual({ number: 1, size: 10, total: 3 });
      expect(data.map(({ name, active }) => [name, active])).toEqual([
        ['agent', true],
        ['old 100%', false],
        ['pipeline', true],
      ]);
      expect(data[2]).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        name: 'pipeline',
        description: 'Publishes',
        active: true,
        created_at: anInstant(),
        updated_at: anInstant(),
      });
    });

    it.each([
      ['filter[name]=agent', ['agent']],
      ['filter[name][contains]=0%25', ['old 100%']],
      ['filter[description][contains]=PUBL', ['pipeline']],
      ['filter[active]=false', ['old 100%']],
      ['sort=name%20desc&page[size]=2', ['pipeline', 'old 100%']],
      ['sort=created_at&page[size]=2&page[number]=2', ['old 100%']],
    ])('keeps what %s asks for', async (query, expected) => {
      expect(await names(`?${query}`)).toEqual(expected);
    });
  });

  describe('rejects bad input', () => {
    refusesBadQueries((query) => list(query));
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await world.call('GET', '/v0/system-accounts')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    needsIdentityViewer(
      () => world,
      (token) => list('', token),
    );
  });

  describe('hides other organizations', () => {
    it('shows and counts none of their accounts', async () => {
      const { data } = (await list('?page[size]=100', world.globex.admin)).json<Listed<SystemAccount>>();
      const own = (await list('?page[size]=100')).json<Listed<SystemAccount>>();
      expect(own.meta.page.total).toBe(own.data.length);
      const ids = new Set(own.data.map(({ id }) => id));
      expect(data.filter(({ id }) => ids.has(id))).toEqual([]);
      expect(await names(`?filter[id]=${data[0]?.id ?? ''}`)).toEqual([]);
    });
  });
});
