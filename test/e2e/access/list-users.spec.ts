import { aWorld, type World } from '../../support/world';
import { needsIdentityViewer, refusesBadQueries, type Listed } from './support/identity';
import { aMember, anInstant, invite, type User } from './support/people';

describe('list-users: GET /v0/users', () => {
  let world: World;

  const list = (query = '', token = world.acme.admin) => world.call('GET', `/v0/users${query}`, { token });
  const emails = async (query = '', token = world.acme.admin) =>
    (await list(query, token)).json<Listed<User>>().data.map(({ email }) => email);

  beforeAll(async () => {
    world = await aWorld();
    for (const organization of [world.acme, world.globex]) {
      await aMember(world, organization, 'ada@example.com');
      const { user_id: id } = await invite(world, organization, 'bob@example.com', { full_name: 'Bob 100%' });
      await world.db.query(`update user_account set preferred_name = 'Bobby' where id = $1`, [id]);
    }
    const { id } = await aMember(world, world.acme, 'cy@example.com');
    await world.db.query(`update user_account set active = false where id = $1`, [id]);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with every user, invited and disabled ones too', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      const { data, meta } = answer.json<Listed<User>>();
      expect(meta.page).toEqual({ number: 1, size: 10, total: 4 });
      expect(data.map(({ email, active, invited }) => [email, active, invited])).toEqual([
        ['ada@example.com', true, false],
        ['admin@acme.invalid', true, false],
        ['bob@example.com', false, true],
        ['cy@example.com', false, false],
      ]);
      expect(data[2]).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        email: 'bob@example.com',
        full_name: 'Bob 100%',
        preferred_name: 'Bobby',
        active: false,
        invited: true,
        created_at: anInstant(),
        updated_at: anInstant(),
      });
    });

    it.each([
      ['filter[email]=ada@example.com', ['ada@example.com']],
      ['filter[email][contains]=EXAMPLE.com', ['ada@example.com', 'bob@example.com', 'cy@example.com']],
      ['filter[full_name][contains]=100%25', ['bob@example.com']],
      ['filter[preferred_name]=Bobby', ['bob@example.com']],
      ['filter[active]=true', ['ada@example.com', 'admin@acme.invalid']],
      ['filter[active][neq]=true&filter[invited]=false', ['cy@example.com']],
      ['filter[created_at][lt]=2020-01-01T00:00:00Z', []],
    ])('keeps what %s asks for', async (query, expected) => {
      expect(await emails(`?${query}`)).toEqual(expected);
    });

    it('sorts, and pages through all of them once', async () => {
      const seen: string[] = [];
      for (const number of [1, 2])
        seen.push(...(await emails(`?sort=email%20desc&page[size]=3&page[number]=${number}`)));
      expect(seen).toEqual(['cy@example.com', 'bob@example.com', 'admin@acme.invalid', 'ada@example.com']);
      expect((await emails('?sort=created_at'))[0]).toBe('admin@acme.invalid');
    });

    it('shows neither passwords nor tokens', async () => {
      expect((await list()).text).not.toMatch(/argon2|hash|ptl_/);
    });
  });

  describe('rejects bad input', () => {
    refusesBadQueries((query) => list(query));

    it.each(['filter[active]=yes', 'filter[active]=', 'filter[password]=x', 'sort=id'])('refuses %s', async (query) => {
      expect((await list(`?${query}`)).status).toBe(400);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await world.call('GET', '/v0/users')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    needsIdentityViewer(
      () => world,
      (token) => list('', token),
    );
  });

  describe('hides other organizations', () => {
    it('shows and counts none of their users', async () => {
      const own = await list('?page[size]=100');
      const foreign = await list('?page[size]=100', world.globex.admin);
      const ids = new Set(own.json<Listed<User>>().data.map(({ id }) => id));
      const { data, meta } = foreign.json<Listed<User>>();
      expect(data.filter(({ id }) => ids.has(id))).toEqual([]);
      expect(meta.page.total).toBe(3);
      const [stranger] = data;
      expect(await emails(`?filter[id]=${stranger?.id ?? ''}`)).toEqual([]);
    });
  });
});
