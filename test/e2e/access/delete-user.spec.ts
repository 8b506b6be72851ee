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
import { aMember, aSessionOf, aTokenOf, accept, invite, statusOfMe, tokenIn, type User } from './support/people';

const TABLES = ['access_token', 'invite', 'role_assignment', 'team_member', 'user_password', 'user_session'];

describe('delete-user: DELETE /v0/users/{userId}', () => {
  let world: World;
  let user: User;
  let foreign: User;
  let made = 0;

  const remove = (id: string, token = world.acme.admin, query = '') =>
    world.call('DELETE', `/v0/users/${id}${query}`, { token });
  const isThere = async (id: string) =>
    (await world.db.query(`select 1 from user_account where id = $1`, [id])).length === 1;

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/1000' });
    foreign = await aMember(world, world.globex, 'ada@example.com');
  });

  beforeEach(async () => {
    made += 1;
    user = await aMember(world, world.acme, `user-${made}@example.com`);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204 and takes everything of the user along', async () => {
      const token = await aTokenOf(world, world.acme, user.id);
      const session = await aSessionOf(world, world.acme, user.id);
      await grant(world, world.acme, { type: 'user', id: user.id }, ['Viewer', 'MCP Registries']);
      const team = await predefinedTeam(world, world.acme, 'Auditor');
      await join(world, world.acme, team, { type: 'user', id: user.id });
      const answer = await remove(user.id);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect([await statusOfMe(world, { token }), await statusOfMe(world, session)]).toEqual([401, 401]);
      for (const table of TABLES)
        expect([table, await world.db.query(`select 1 from ${table} where user_id = $1`, [user.id])]).toEqual([
          table,
          [],
        ]);
      expect(refusal(await remove(user.id))).toEqual([404, 'user_not_found']);
    });

    it('ends the invite of whoever has not joined, and lets the address be invited anew', async () => {
      const email = `waiting-${made}@example.com`;
      const first = await invite(world, world.acme, email);
      expect((await remove(first.user_id)).status).toBe(204);
      expect((await accept(world, tokenIn(first))).status).toBe(410);
      const second = await invite(world, world.acme, email);
      expect(second.user_id).not.toBe(first.user_id);
    });

    it('writes one audit row that no longer says who he was, and keeps what he did', async () => {
      const token = await aTokenOf(world, world.acme, user.id);
      await world.call('PATCH', '/v0/users/me', { token, body: { preferred_name: 'Ada' } });
      const trail = await trailOf(world, world.acme, () => remove(user.id));
      expect(trail).toEqual([
        expect.objectContaining({ action: 'user.delete', target_id: user.id, target_name: null, after: null }),
      ]);
      expect(trail[0]?.before).toMatchObject({ id: user.id, active: true });
      expect(JSON.stringify(trail)).not.toMatch(new RegExp(`${user.email}|Ada`));
      const kept = await world.db.query(`select action from audit_log where principal_id = $1`, [user.id]);
      expect(kept).toEqual([{ action: 'user.join' }, { action: 'user.update' }]);
    });

    it('lets nobody delete himself unless he says twice that he wants it', async () => {
      const token = await aTokenOf(world, world.acme, user.id);
      await grant(world, world.acme, { type: 'user', id: user.id }, ['Admin', 'Identity']);
      expect(refusal(await remove(user.id, token))).toEqual([409, 'would_lock_out']);
      expect((await remove(user.id, token, '?force=true')).status).toBe(204);
    });

    it('never deletes the last administrator', async () => {
      const last = await idOf(world, world.acme.admin);
      expect(refusal(await remove(last, world.acme.admin, '?force=true'))).toEqual([409, 'last_organization_admin']);
      expect(await isThere(last)).toBe(true);
    });
  });

  describe('rejects bad input', () => {
    it.each(['?force=yes', '?force=', '?force=true&force=true', '?x=1'])('refuses the query %s', async (query) => {
      expect((await remove(user.id, world.acme.admin, query)).status).toBe(400);
      expect(await isThere(user.id)).toBe(true);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('DELETE', `/v0/users/${id}`),
      () => user.id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => remove(user.id, token),
    );

    it('lets nobody delete whoever may do more than he', async () => {
      const token = await anIdentityAdmin(world, world.acme);
      await grant(world, world.acme, { type: 'user', id: user.id }, ['Viewer', 'Audit Logs']);
      expect(refusal(await remove(user.id, token))).toEqual([403, 'privilege_ceiling']);
      expect(await isThere(user.id)).toBe(true);
    });

    it('lets an Identity Admin delete whoever may do no more than he', async () => {
      expect((await remove(user.id, await anIdentityAdmin(world, world.acme))).status).toBe(204);
    });
  });

  describe('hides other organizations', () => {
    hidesAlike(
      'user_not_found',
      (id) => remove(id),
      () => foreign.id,
    );

    it('deletes nobody there', async () => {
      await remove(foreign.id, world.acme.admin, '?force=true');
      expect(await isThere(foreign.id)).toBe(true);
    });
  });
});
