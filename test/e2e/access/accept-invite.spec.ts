import { mintSecret } from '@portolan/access';
import { aWorld, type World } from '../../support/world';
import { problems, refusal, trailOf } from './support/identity';
import { accept, anInstant, invite, PASSWORD, tokenIn, type Invite } from './support/people';

describe('accept-invite: POST /v0/invites/accept', () => {
  let world: World;
  let sent: Invite;
  let token: string;
  let made = 0;

  const setOrganization = (settings: string, orgId = world.acme.id) =>
    world.db.query(`update organization set ${settings} where id = $1`, [orgId]);
  const hashes = (userId = sent.user_id) =>
    world.db.query<{ hash: string }>(`select hash from user_password where user_id = $1`, [userId]);

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/1000' });
  });

  beforeEach(async () => {
    made += 1;
    sent = await invite(world, world.acme, `user-${made}@example.com`, { full_name: 'Ada' });
    token = tokenIn(sent);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the user, who is active now and has the password', async () => {
      const answer = await accept(world, token);
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({
        id: sent.user_id,
        email: sent.email,
        full_name: 'Ada',
        preferred_name: null,
        active: true,
        invited: false,
        created_at: anInstant(),
        updated_at: anInstant(),
      });
      expect(answer.headers['set-cookie']).toBeUndefined();
      const [stored] = await hashes();
      expect(stored?.hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    });

    it('takes another name from the user', async () => {
      expect((await accept(world, token, { full_name: 'Ada Lovelace' })).json().full_name).toBe('Ada Lovelace');
    });

    it('lets exactly one of twenty at once in', async () => {
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => accept(world, token, { password: `${PASSWORD} ${index}` })),
      );
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 410)).toHaveLength(19);
      expect(await hashes()).toHaveLength(1);
    });

    it('writes one audit row as the user, without the password', async () => {
      const trail = await trailOf(world, world.acme, () => accept(world, token));
      expect(trail).toEqual([
        expect.objectContaining({ action: 'user.join', result: 'success', target_id: sent.user_id, before: null }),
      ]);
      expect(JSON.stringify(trail)).not.toMatch(/pass phrase|argon2|ptl_inv/);
      const rows = await world.db.query(
        `select principal_type, principal_id, address from audit_log where action = 'user.join' and target_id = $1`,
        [sent.user_id],
      );
      expect(rows).toEqual([{ principal_type: 'user', principal_id: sent.user_id, address: '127.0.0.1' }]);
    });
  });

  describe('rejects bad input', () => {
    it('answers 410 alike for what is used, revoked, expired, unknown or garbage', async () => {
      const used = tokenIn(await invite(world, world.acme, `used-${made}@example.com`));
      await accept(world, used);
      const revoked = await invite(world, world.acme, `revoked-${made}@example.com`);
      await world.call('DELETE', `/v0/invites/${revoked.id}`, { token: world.acme.admin });
      const expired = await invite(world, world.acme, `expired-${made}@example.com`);
      await world.db.query(`update invite set expires_at = now() where id = $1`, [expired.id]);
      const forged = mintSecret('inv').text;
      const tokens = [used, tokenIn(revoked), tokenIn(expired), forged, forged.slice(0, -1), '', 'x', world.acme.admin];
      const answers = await Promise.all(tokens.map((one) => accept(world, one)));
      expect(refusal(answers[0] ?? (await accept(world, used)))).toEqual([410, 'invite_invalid']);
      for (const answer of answers) expect([answer.status, answer.masked]).toEqual([410, answers[0]?.masked]);
    });

    it('answers 410 for the id of an invite with another secret', async () => {
      const other = mintSecret('inv');
      await world.db.query(`update invite set public_id = $1 where id = $2`, [other.publicId, sent.id]);
      expect((await accept(world, other.text)).status).toBe(410);
    });

    it('writes down that an invite which is over was shown', async () => {
      await accept(world, token);
      const trail = await trailOf(world, world.acme, () => accept(world, token));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'user.join',
          result: 'denied',
          reason: 'invite_invalid',
          target_id: sent.user_id,
        }),
      ]);
    });

    it.each([
      [{ password: 'short' }, 'password', 'min_length'],
      [{ password: 'x'.repeat(129) }, 'password', 'max_length'],
      [{ password: 'x'.repeat(12) }, 'password', 'invalid'],
      [{ password: 'e\u0301'.repeat(6) }, 'password', 'min_length'],
      [{ password: 12 }, 'password', 'is_string'],
      [{ full_name: '' }, 'full_name', 'min_length'],
      [{ full_name: 'a\nb' }, 'full_name', 'matches_regex'],
      [{ token: 5 }, 'token', 'is_string'],
      [{ email: 'other@example.com' }, 'email', 'unknown_property'],
    ])('row %# names the field and the rule, and the invite stays good', async (body, field, rule) => {
      const answer = await accept(world, token, body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect((await accept(world, token)).status).toBe(200);
    });

    it('refuses the email address as a password, and the invite stays good', async () => {
      const answer = await accept(world, token, { password: sent.email.toUpperCase() });
      expect(problems(answer)).toEqual([
        { field: 'password', rule: 'invalid', reason: 'password must not be the email address', source: 'body' },
      ]);
      expect((await accept(world, token)).status).toBe(200);
    });

    it('answers 410 once the user is deleted', async () => {
      await world.call('DELETE', `/v0/users/${sent.user_id}`, { token: world.acme.admin });
      expect((await accept(world, token)).status).toBe(410);
    });
  });

  describe('requires sign-in', () => {
    it('needs none, and reads no credential', async () => {
      const answer = await world.call('POST', '/v0/invites/accept', {
        token: 'garbage',
        body: { token, password: PASSWORD },
      });
      expect(answer.status).toBe(200);
    });

    it('counts against the limit of sign-ins', async () => {
      const small = await aWorld({ RATE_LIMIT_AUTH: '0.001/2' });
      try {
        const statuses = [];
        for (let index = 0; index < 3; index += 1) statuses.push((await accept(small, 'x')).status);
        expect(statuses).toEqual([410, 410, 429]);
      } finally {
        await small.close();
      }
    });
  });

  describe('requires the permission', () => {
    afterEach(() =>
      setOrganization(
        `state = 'active', suspended_reason = null, basic_auth_enabled = true, ip_allow_list_enabled = false`,
      ),
    );

    it.each([
      [`state = 'suspended', suspended_reason = 'unpaid'`, 'organization_suspended'],
      [`ip_allow_list_enabled = true, allowed_ips = '{192.0.2.0/24}'`, 'address_not_allowed'],
      [`basic_auth_enabled = false`, 'login_disabled'],
    ])('lets nobody in while the organization has %s, and keeps the invite', async (settings, code) => {
      await setOrganization(settings);
      const trail = await trailOf(world, world.acme, async () => {
        expect(refusal(await accept(world, token))).toEqual([403, code]);
      });
      expect(trail).toEqual([
        expect.objectContaining({ action: 'user.join', result: 'denied', reason: code, target_id: sent.user_id }),
      ]);
      await setOrganization(
        `state = 'active', suspended_reason = null, basic_auth_enabled = true, ip_allow_list_enabled = false`,
      );
      expect((await accept(world, token)).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('makes nobody a user but in the organization that invited', async () => {
      const foreign = await invite(world, world.globex, sent.email);
      await accept(world, token);
      const [row] = await world.db.query(`select active, invited from user_account where id = $1`, [foreign.user_id]);
      expect(row).toEqual({ active: false, invited: true });
      expect(await hashes(foreign.user_id)).toEqual([]);
    });
  });
});
