import { aWorld, type World } from '../../support/world';
import {
  anIdentityAdmin,
  grant,
  hidesAlike,
  idOf,
  join,
  needsIdentityAdmin,
  needsSignIn,
  predefinedTeam,
  refusal,
  trailOf,
} from './support/identity';
import { aSystemAccount, type SystemAccount } from './support/people';

describe('delete-system-account: DELETE /v0/system-accounts/{accountId}', () => {
  let world: World;
  let account: SystemAccount;
  let foreign: SystemAccount;
  let made = 0;

  const remove = (id: string, token = world.acme.admin, query = '') =>
    world.call('DELETE', `/v0/system-accounts/${id}${query}`, { token });
  const isThere = async (id: string) =>
    (await world.db.query(`select 1 from system_account where id = $1`, [id])).length === 1;

  beforeAll(async () => {
    world = await aWorld();
    foreign = await aSystemAccount(world, world.globex, { name: 'agent' });
  });

  beforeEach(async () => {
    made += 1;
    account = await aSystemAccount(world, world.acme, { name: `agent ${made}` });
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204 and takes tokens, roles and memberships along', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: '*' }]);
      const id = await idOf(world, token);
      const team = await predefinedTeam(world, world.acme, 'Auditor');
      await join(world, world.acme, team, { type: 'system_account', id });
      const answer = await remove(id);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect((await world.call('GET', '/v0/organizations/me', { token })).status).toBe(401);
      for (const table of ['access_token', 'role_assignment', 'team_member'])
        expect([table, await world.db.query(`select 1 from ${table} where system_account_id = $1`, [id])]).toEqual([
          table,
          [],
        ]);
      expect(refusal(await remove(id))).toEqual([404, 'system_account_not_found']);
    });

    it('lets its name be used again', async () => {
      await remove(account.id);
      const again = await aSystemAccount(world, world.acme, { name: account.name });
      expect(again.id).not.toBe(account.id);
    });

    it('writes one audit row with the account as it was', async () => {
      const trail = await trailOf(world, world.acme, () => remove(account.id));
      expect(trail).toEqual([
        {
          action: 'system_account.delete',
          result: 'success',
          reason: null,
          target_id: account.id,
          target_name: account.name,
          before: account,
          after: null,
        },
      ]);
    });

    it('lets no account delete itself unless it says twice that it wants it', async () => {
      const token = await anIdentityAdmin(world, world.acme);
      const id = await idOf(world, token);
      expect(refusal(await remove(id, token))).toEqual([409, 'would_lock_out']);
      expect((await remove(id, token, '?force=true')).status).toBe(204);
    });

    it('never deletes the last administrator', async () => {
      const token = await world.aSystemAccount(world.globex);
      const id = await idOf(world, token);
      const team = await predefinedTeam(world, world.globex, 'Organization Admin');
      await world.db.query(`delete from team_member where team_id = $1`, [team]);
      await join(world, world.globex, team, { type: 'system_account', id });
      expect(refusal(await remove(id, token, '?force=true'))).toEqual([409, 'last_organization_admin']);
      expect(await isThere(id)).toBe(true);
    });
  });

  describe('rejects bad input', () => {
    it.each(['?force=yes', '?force=', '?x=1'])('refuses the query %s', async (query) => {
      expect((await remove(account.id, world.acme.admin, query)).status).toBe(400);
      expect(await isThere(account.id)).toBe(true);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('DELETE', `/v0/system-accounts/${id}`),
      () => account.id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => remove(account.id, token),
    );

    it('lets nobody delete an account that may do more than he', async () => {
      const token = await anIdentityAdmin(world, world.acme);
      await grant(world, world.acme, { type: 'system_account', id: account.id }, ['Viewer', 'MCP Registries']);
      expect(refusal(await remove(account.id, token))).toEqual([403, 'privilege_ceiling']);
      expect(await isThere(account.id)).toBe(true);
    });
  });

  describe('hides other organizations', () => {
    hidesAlike(
      'system_account_not_found',
      (id) => remove(id),
      () => foreign.id,
    );

    it('deletes nothing there', async () => {
      await remove(foreign.id, world.acme.admin, '?force=true');
      expect(await isThere(foreign.id)).toBe(true);
    });
  });
});
