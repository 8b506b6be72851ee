import { aWorld, type World } from '../../support/world';
import {
  anAccountWith,
  anIdentityAdmin,
  grant,
  hidesAlike,
  idOf,
  join,
  MISSING,
  needsIdentityAdmin,
  needsSignIn,
  predefinedTeam,
  problems,
  refusal,
  trailOf,
} from './support/identity';
import { aSystemAccount, type SystemAccount } from './support/people';

describe('update-system-account: PATCH /v0/system-accounts/{accountId}', () => {
  let world: World;
  let account: SystemAccount;
  let foreign: SystemAccount;
  let made = 0;

  const patch = (id: string, body: unknown, token = world.acme.admin, query = '') =>
    world.call('PATCH', `/v0/system-accounts/${id}${query}`, { token, body });
  const read = async (id: string, token = world.acme.admin) =>
    (await world.call('GET', `/v0/system-accounts/${id}`, { token })).json<SystemAccount>();
  const signsIn = async (token: string) => (await world.call('GET', '/v0/organizations/me', { token })).status === 200;

  beforeAll(async () => {
    world = await aWorld();
    foreign = await aSystemAccount(world, world.globex, { name: 'agent' });
  });

  beforeEach(async () => {
    made += 1;
    account = await aSystemAccount(world, world.acme, { name: `agent ${made}`, description: 'Reads' });
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('changes what is there and leaves the rest', async () => {
      const answer = await patch(account.id, { description: 'Writes' });
      expect(answer.status).toBe(200);
      const updated_at = expect.any(String) as string;
      expect(answer.json()).toEqual({ ...account, description: 'Writes', updated_at });
      expect(await read(account.id)).toEqual(answer.json());
      expect((await patch(account.id, { name: `other ${made}` })).json()).toMatchObject({ description: 'Writes' });
      expect((await patch(account.id, { description: null })).json().description).toBeNull();
    });

    it('refuses the tokens of a disabled account at once, and takes them again when it is enabled', async () => {
      const token = await world.aSystemAccount(world.acme);
      const id = await idOf(world, token);
      expect(await signsIn(token)).toBe(true);
      expect((await patch(id, { active: false })).json().active).toBe(false);
      expect(await signsIn(token)).toBe(false);
      await patch(id, { active: true });
      expect(await signsIn(token)).toBe(true);
    });

    it('writes one audit row with the account before and after', async () => {
      const trail = await trailOf(world, world.acme, () => patch(account.id, { active: false }));
      expect(trail).toEqual([
        {
          action: 'system_account.update',
          result: 'success',
          reason: null,
          target_id: account.id,
          target_name: account.name,
          before: account,
          after: await read(account.id),
        },
      ]);
    });

    it('lets no account disable itself unless it says twice that it wants it', async () => {
      const token = await anIdentityAdmin(world, world.acme);
      const id = await idOf(world, token);
      expect(refusal(await patch(id, { active: false }, token))).toEqual([409, 'would_lock_out']);
      expect((await patch(id, { active: false }, token, '?force=true')).status).toBe(200);
      expect(await signsIn(token)).toBe(false);
    });

    it('never disables the last administrator', async () => {
      const token = await world.aSystemAccount(world.globex);
      const id = await idOf(world, token);
      const team = await predefinedTeam(world, world.globex, 'Organization Admin');
      await world.db.query(`delete from team_member where team_id = $1`, [team]);
      await join(world, world.globex, team, { type: 'system_account', id });
      const answer = await patch(id, { active: false }, token, '?force=true');
      expect(refusal(answer)).toEqual([409, 'last_organization_admin']);
      expect((await read(id, token)).active).toBe(true);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ id: MISSING }, 'id', 'unknown_property'],
      [{ org_id: MISSING }, 'org_id', 'unknown_property'],
      [{ name: null }, 'name', 'is_string'],
      [{ name: '' }, 'name', 'min_length'],
      [{ name: 'a\u2029b' }, 'name', 'matches_regex'],
      [{ name: 'n'.repeat(121) }, 'name', 'max_length'],
      [{ description: 'd'.repeat(2049) }, 'description', 'max_length'],
      [{ active: 0 }, 'active', 'is_boolean'],
    ])('row %# names the field and the rule, and nothing changes', async (body, field, rule) => {
      const answer = await patch(account.id, body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await read(account.id)).toEqual(account);
    });

    it('answers 409 for a name that is taken', async () => {
      const { name } = await aSystemAccount(world, world.acme, { name: `taken ${made}` });
      expect(refusal(await patch(account.id, { name }))).toEqual([409, 'system_account_name_taken']);
      expect((await patch(account.id, { name: account.name })).status).toBe(200);
    });

    it('refuses a query that it does not know', async () => {
      expect((await patch(account.id, { active: false }, world.acme.admin, '?forced=true')).status).toBe(400);
      expect(await read(account.id)).toEqual(account);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('PATCH', `/v0/system-accounts/${id}`, { body: {} }),
      () => account.id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => patch(account.id, { description: 'x' }, token),
    );

    it('lets nobody disable or enable an account that may do more than he', async () => {
      const token = await anIdentityAdmin(world, world.acme);
      await grant(world, world.acme, { type: 'system_account', id: account.id }, ['Viewer', 'MCP Registries']);
      expect(refusal(await patch(account.id, { active: false }, token))).toEqual([403, 'privilege_ceiling']);
      await patch(account.id, { active: false });
      expect(refusal(await patch(account.id, { active: true }, token))).toEqual([403, 'privilege_ceiling']);
      const viewer = await anAccountWith(world, world.acme, ['Admin', 'Identity'], ['Viewer', 'MCP Registries']);
      expect((await patch(account.id, { active: true }, viewer)).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    hidesAlike(
      'system_account_not_found',
      (id) => patch(id, { description: 'x' }),
      () => foreign.id,
    );

    it('changes nothing there', async () => {
      const rows = () => world.db.query(`select * from system_account where id = $1`, [foreign.id]);
      const before = await rows();
      await patch(foreign.id, { active: false, name: 'stolen' });
      expect(await rows()).toEqual(before);
    });
  });
});
