import { aWorld, type World } from '../../support/world';
import {
  aTeam,
  anIdentityAdmin,
  grant,
  MISSING,
  needsIdentityAdmin,
  predefinedTeam,
  problems,
  refusal,
  trailOf,
} from './support/identity';
import { aMember, accept, aMinuteLater, anInstant, aTokenOf, invite, tokenIn, type Invite } from './support/people';

describe('create-invite: POST /v0/invites', () => {
  let world: World;
  let made = 0;
  let email: string;

  const create = (body: unknown, token = world.acme.admin) => world.call('POST', '/v0/invites', { token, body });
  const users = (address: string, orgId = world.acme.id) =>
    world.db.query<{ id: string; active: boolean; invited: boolean; full_name: string }>(
      `select id, active, invited, full_name from user_account where org_id = $1 and lower(email) = lower($2)`,
      [orgId, address],
    );
  const teamsOf = async (userId: string) =>
    (await world.db.query<{ team_id: string }>(`select team_id from team_member where user_id = $1`, [userId])).map(
      ({ team_id }) => team_id,
    );

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/1000', PUBLIC_URL: 'https://mcp.example.com' });
  });

  beforeEach(() => {
    made += 1;
    email = `user-${made}@example.com`;
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the invite and, once, its link', async () => {
      const answer = await create({ email });
      expect(answer.status).toBe(201);
      const body = answer.json<Invite>();
      expect(body).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        user_id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        email,
        state: 'pending',
        expires_at: anInstant(),
        accepted_at: null,
        revoked_at: null,
        created_at: anInstant(),
        invite_url: expect.stringMatching(
          /^https:\/\/mcp\.example\.com\/join#token=ptl_inv_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/,
        ) as string,
      });
      expect(Date.parse(body.expires_at) - Date.parse(body.created_at)).toBeGreaterThan(7 * 86_400_000 - 10_000);
      expect(Date.parse(body.expires_at) - Date.parse(body.created_at)).toBeLessThanOrEqual(7 * 86_400_000);
      expect(answer.headers['cache-control']).toBe('no-store');
      const list = await world.call('GET', '/v0/invites', { token: world.acme.admin });
      expect(list.text).toContain(body.id);
      expect(list.text).not.toMatch(/ptl_inv|invite_url/);
    });

    it('keeps nothing of the link but a hash', async () => {
      const secret = tokenIn(await invite(world, world.acme, email)).slice('ptl_inv_012345678901_'.length);
      const tables = await world.db.query<{ name: string }>(
        `select relname as name from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'`,
      );
      for (const { name } of tables) {
        const rows = await world.db.query(`select 1 from ${name} t where t::text like '%' || $1 || '%'`, [secret]);
        expect([name, rows]).toEqual([name, []]);
      }
    });

    it('makes the account at once, so that it can be given what it will need', async () => {
      const team = await aTeam(world, world.acme, { name: `Team ${made}` });
      const registry = await world.aRegistry(world.acme, `registry-${made}`);
      await grant(world, world.acme, { type: 'team', id: team.id }, ['Publisher', 'MCP Registries', registry]);
      const settings = { full_name: 'Ada Lovelace', team_ids: [team.id, team.id.toUpperCase()] };
      const sent = await invite(world, world.acme, email, settings);
      expect(await users(email)).toEqual([
        { id: sent.user_id, active: false, invited: true, full_name: 'Ada Lovelace' },
      ]);
      expect(await teamsOf(sent.user_id)).toEqual([team.id]);
      const token = await aTokenOf(world, world.acme, sent.user_id);
      const reads = async () => (await world.call('GET', `/v0/registries/${registry}`, { token })).status;
      expect(await reads()).toBe(401);
      expect((await accept(world, tokenIn(sent))).json()).toMatchObject({ full_name: 'Ada Lovelace', active: true });
      expect(await reads()).toBe(200);
    });

    it('ends the earlier invite when it invites the same address again, however it is written', async () => {
      let second = await invite(world, world.acme, email, { full_name: 'First' });
      const first = second;
      await aMinuteLater(world);
      const trail = await trailOf(world, world.acme, async () => {
        second = await invite(world, world.acme, email.toUpperCase(), { full_name: 'Second' });
      });
      expect(trail.map(({ after }) => after)).toEqual([expect.objectContaining({ revoked_invites: [first.id] })]);
      expect([second.user_id, second.email]).toEqual([first.user_id, email]);
      expect(second.id).not.toBe(first.id);
      expect((await users(email)).map(({ full_name }) => full_name)).toEqual(['Second']);
      expect(refusal(await accept(world, tokenIn(first)))).toEqual([410, 'invite_invalid']);
      expect((await accept(world, tokenIn(second))).status).toBe(200);
    });

    it('makes one user and one good link of many invites at once', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => create({ email })));
      const [sent, ...others] = answers.sort((one, other) => one.status - other.status);
      expect(sent?.status).toBe(201);
      for (const other of others) expect(refusal(other)).toEqual([429, 'rate_limited']);
      expect(await users(email)).toHaveLength(1);
      expect((await accept(world, tokenIn(sent?.json<Invite>() ?? { invite_url: '' }))).status).toBe(200);
    });

    it('invites the same user again after a minute, whatever became of the last invite', async () => {
      const { id } = await invite(world, world.acme, email);
      await world.call('DELETE', `/v0/invites/${id}`, { token: world.acme.admin });
      const trail = await trailOf(world, world.acme, async () => {
        const early = await create({ email: email.toUpperCase(), full_name: 'Another' });
        expect(refusal(early)).toEqual([429, 'rate_limited']);
        expect(Number(early.headers['retry-after'])).toBeGreaterThan(0);
        expect(Number(early.headers['retry-after'])).toBeLessThanOrEqual(60);
      });
      expect([trail, (await users(email)).map((user) => user.full_name)]).toEqual([[], [email]]);
      await aMinuteLater(world);
      expect((await create({ email })).status).toBe(201);
    });

    it('writes one audit row with the user and without the link', async () => {
      const trail = await trailOf(world, world.acme, () => invite(world, world.acme, email));
      const [user] = await users(email);
      expect(trail).toEqual([
        expect.objectContaining({ action: 'user.invite', target_id: user?.id, target_name: email, before: null }),
      ]);
      expect(trail[0]?.after).toMatchObject({ email, active: false, invited: true, team_ids: [] });
      expect(JSON.stringify(trail)).not.toContain('ptl_inv');
    });

    it('asks for no mail while none is configured', async () => {
      await invite(world, world.acme, email);
      expect(await world.db.query(`select 1 from outbox where name = 'access.send_invite_mail'`)).toEqual([]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{}, 'email', 'required'],
      [{ email: 'ada' }, 'email', 'is_email'],
      [{ email: 'ada@example.com, bob@example.com' }, 'email', 'is_email'],
      [{ email: 'Ada <ada@example.com>' }, 'email', 'is_email'],
      [{ email: 'ada@example.com\r\nBcc: bob@example.com' }, 'email', 'is_email'],
      [{ email: 'ädä@example.com' }, 'email', 'is_email'],
      [{ email: `${'a'.repeat(250)}@example.com` }, 'email', 'max_length'],
      [{ email: ['ada@example.com'] }, 'email', 'is_string'],
      [{ email: 'a@example.com', full_name: '' }, 'full_name', 'min_length'],
      [{ email: 'a@example.com', full_name: 'a\r\nb' }, 'full_name', 'matches_regex'],
      [{ email: 'a@example.com', full_name: null }, 'full_name', 'is_string'],
      [{ email: 'a@example.com', team_ids: MISSING }, 'team_ids', 'is_array'],
      [{ email: 'a@example.com', team_ids: ['x'] }, 'team_ids', 'is_uuid'],
      [{ email: 'a@example.com', team_ids: Array<string>(21).fill(MISSING) }, 'team_ids', 'max_items'],
      [{ email: 'a@example.com', active: true }, 'active', 'unknown_property'],
      [{ email: 'a@example.com', org_id: MISSING }, 'org_id', 'unknown_property'],
    ])('row %# names the field and the rule, and nobody is invited', async (body, field, rule) => {
      const answer = await create(body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await users('a@example.com')).toEqual([]);
    });

    it('answers 409 for a user who is active already', async () => {
      await aMember(world, world.acme, email);
      expect(refusal(await create({ email: email.toUpperCase() }))).toEqual([409, 'user_already_active']);
    });

    it('answers 409 for a user who is disabled', async () => {
      const { id } = await aMember(world, world.acme, email);
      await world.db.query(`update user_account set active = false where id = $1`, [id]);
      expect(refusal(await create({ email }))).toEqual([409, 'user_disabled']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await world.call('POST', '/v0/invites', { body: { email } })).status).toBe(401);
      expect(await users(email)).toEqual([]);
    });
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => create({ email }, token),
    );

    it('lets nobody invite into a team that may do more than he', async () => {
      const token = await anIdentityAdmin(world, world.acme);
      const team = await predefinedTeam(world, world.acme, 'Auditor');
      expect(refusal(await create({ email, team_ids: [team] }, token))).toEqual([403, 'privilege_ceiling']);
      expect(await users(email)).toEqual([]);
      expect((await create({ email, team_ids: [] }, token)).status).toBe(201);
    });

    it('gives nobody a link to an account that may do more than he', async () => {
      const token = await anIdentityAdmin(world, world.acme);
      const { user_id: id } = await invite(world, world.acme, email);
      await grant(world, world.acme, { type: 'user', id }, ['Viewer', 'MCP Registries']);
      expect(refusal(await create({ email }, token))).toEqual([403, 'privilege_ceiling']);
    });
  });

  describe('hides other organizations', () => {
    it('answers for a foreign team and a missing one alike, and invites nobody', async () => {
      const own = await aTeam(world, world.acme, { name: `Own ${made}` });
      const foreign = await aTeam(world, world.globex, { name: `Own ${made}` });
      const answers = await Promise.all([MISSING, foreign.id].map((id) => create({ email, team_ids: [own.id, id] })));
      for (const answer of answers)
        expect([answer.status, problems(answer)]).toEqual([
          400,
          [
            {
              field: 'team_ids.1',
              rule: 'missing_reference',
              reason: 'team_ids.1 must be the id of a team of the organization',
              source: 'body',
            },
          ],
        ]);
      expect(await users(email)).toEqual([]);
    });

    it('makes a user of its own for an address that another organization knows', async () => {
      const foreign = await aMember(world, world.globex, email);
      const own = await invite(world, world.acme, email);
      expect(own.user_id).not.toBe(foreign.id);
      await accept(world, tokenIn(own));
      expect(await users(email, world.globex.id)).toEqual([
        { id: foreign.id, active: true, invited: false, full_name: foreign.full_name },
      ]);
    });
  });
});
