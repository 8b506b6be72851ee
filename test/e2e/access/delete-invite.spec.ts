import { aWorld, type World } from '../../support/world';
import {
  anIdentityAdmin,
  grant,
  hidesAlike,
  needsIdentityAdmin,
  needsSignIn,
  refusal,
  trailOf,
} from './support/identity';
import { accept, aMinuteLater, invite, tokenIn, type Invite } from './support/people';

describe('delete-invite: DELETE /v0/invites/{inviteId}', () => {
  let world: World;
  let sent: Invite;
  let foreign: Invite;
  let made = 0;

  const remove = (id: string, token = world.acme.admin) => world.call('DELETE', `/v0/invites/${id}`, { token });

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/1000' });
    foreign = await invite(world, world.globex, 'ada@example.com');
  });

  beforeEach(async () => {
    made += 1;
    sent = await invite(world, world.acme, `user-${made}@example.com`);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204, the link is good no more, and the user stays to be invited again', async () => {
      const answer = await remove(sent.id);
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(refusal(await accept(world, tokenIn(sent)))).toEqual([410, 'invite_invalid']);
      const user = await world.call('GET', `/v0/users/${sent.user_id}`, { token: world.acme.admin });
      expect(user.json()).toMatchObject({ active: false, invited: true });
      await aMinuteLater(world);
      const again = await invite(world, world.acme, sent.email);
      expect(again.user_id).toBe(sent.user_id);
      expect((await accept(world, tokenIn(again))).status).toBe(200);
    });

    it('revokes one that has expired', async () => {
      await world.db.query(`update invite set expires_at = now() where id = $1`, [sent.id]);
      expect((await remove(sent.id)).status).toBe(204);
    });

    it('writes one audit row with the invite as it was', async () => {
      const trail = await trailOf(world, world.acme, () => remove(sent.id));
      const { invite_url: link, ...before } = sent;
      expect(trail).toEqual([
        {
          action: 'invite.revoke',
          result: 'success',
          reason: null,
          target_id: sent.id,
          target_name: sent.email,
          before,
          after: null,
        },
      ]);
      expect(JSON.stringify(trail)).not.toContain(link);
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 the second time', async () => {
      expect((await remove(sent.id)).status).toBe(204);
      expect(refusal(await remove(sent.id))).toEqual([404, 'invite_not_found']);
    });

    it('answers 404 for one that is accepted, and the user stays', async () => {
      await accept(world, tokenIn(sent));
      expect(refusal(await remove(sent.id))).toEqual([404, 'invite_not_found']);
      const user = await world.call('GET', `/v0/users/${sent.user_id}`, { token: world.acme.admin });
      expect(user.json().active).toBe(true);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (id) => world.call('DELETE', `/v0/invites/${id}`),
      () => sent.id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => remove(sent.id, token),
    );

    it('lets nobody turn away whoever may do more than he', async () => {
      const token = await anIdentityAdmin(world, world.acme);
      await grant(world, world.acme, { type: 'user', id: sent.user_id }, ['Viewer', 'Audit Logs']);
      expect(refusal(await remove(sent.id, token))).toEqual([403, 'privilege_ceiling']);
      expect((await accept(world, tokenIn(sent))).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    hidesAlike(
      'invite_not_found',
      (id) => remove(id),
      () => foreign.id,
    );

    it('revokes nothing there', async () => {
      await remove(foreign.id);
      const [row] = await world.db.query(`select revoked_at from invite where id = $1`, [foreign.id]);
      expect(row).toEqual({ revoked_at: null });
    });
  });
});
