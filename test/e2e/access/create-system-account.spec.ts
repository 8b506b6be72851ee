import { aWorld, type World } from '../../support/world';
import { MISSING, needsIdentityAdmin, problems, refusal, trailOf } from './support/identity';
import { anInstant, aSystemAccount, type SystemAccount } from './support/people';

describe('create-system-account: POST /v0/system-accounts', () => {
  let world: World;
  let made = 0;
  let name: string;

  const create = (body: unknown, token = world.acme.admin) =>
    world.call('POST', '/v0/system-accounts', { token, body });
  const named = (text: string, orgId = world.acme.id) =>
    world.db.query(`select id from system_account where org_id = $1 and name = $2`, [orgId, text]);

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(() => {
    made += 1;
    name = `account ${made}`;
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the account', async () => {
      const answer = await create({ name, description: 'Publishes' });
      expect(answer.status).toBe(201);
      expect(answer.json()).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        name,
        description: 'Publishes',
        active: true,
        created_at: anInstant(),
        updated_at: anInstant(),
      });
    });

    it('gives it neither a role nor a token', async () => {
      const { id, description } = await aSystemAccount(world, world.acme, { name });
      expect(description).toBeNull();
      for (const table of ['access_token', 'role_assignment', 'team_member'])
        expect(await world.db.query(`select 1 from ${table} where system_account_id = $1`, [id])).toEqual([]);
    });

    it('writes one audit row with the account', async () => {
      const trail = await trailOf(world, world.acme, () => create({ name }));
      expect(trail).toEqual([
        expect.objectContaining({ action: 'system_account.create', target_name: name, before: null }),
      ]);
      expect(trail[0]?.after).toMatchObject({ id: trail[0]?.target_id, name, active: true });
    });

    it('makes one of many of the same name at once', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => create({ name })));
      expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array<number>(9).fill(409)]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{}, 'name', 'required'],
      [{ name: '' }, 'name', 'min_length'],
      [{ name: ' ' }, 'name', 'matches_regex'],
      [{ name: 'a\nb' }, 'name', 'matches_regex'],
      [{ name: 'n'.repeat(121) }, 'name', 'max_length'],
      [{ name: null }, 'name', 'is_string'],
      [{ name: 'a\u0000' }, 'name', 'is_storable_text'],
      [{ name: 'a', description: 5 }, 'description', 'is_string'],
      [{ name: 'a', description: 'd'.repeat(2049) }, 'description', 'max_length'],
      [{ name: 'a', active: false }, 'active', 'unknown_property'],
      [{ name: 'a', id: MISSING }, 'id', 'unknown_property'],
      [{ name: 'a', org_id: MISSING }, 'org_id', 'unknown_property'],
    ])('row %# names the field and the rule, and nothing is made', async (body, field, rule) => {
      const answer = await create(body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await named('a')).toEqual([]);
    });

    it('answers 409 for a name that is taken', async () => {
      await create({ name });
      expect(refusal(await create({ name }))).toEqual([409, 'system_account_name_taken']);
      expect(await named(name)).toHaveLength(1);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await world.call('POST', '/v0/system-accounts', { body: { name } })).status).toBe(401);
      expect(await named(name)).toEqual([]);
    });
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => create({ name }, token),
    );
  });

  describe('hides other organizations', () => {
    it('lets both use the same name', async () => {
      const foreign = await create({ name }, world.globex.admin);
      const own = await create({ name });
      expect([foreign.status, own.status]).toEqual([201, 201]);
      expect(own.json<SystemAccount>().id).not.toBe(foreign.json<SystemAccount>().id);
      expect([await named(name), await named(name, world.globex.id)].map((rows) => rows.length)).toEqual([1, 1]);
    });
  });
});
