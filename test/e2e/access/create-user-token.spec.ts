import { aWorld, type World } from '../../support/world';
import {
  aSession,
  auditRows,
  aUserWith,
  firstParameter,
  MISSING,
  problem,
  signsIn,
  tokensOf,
  toldAlike,
  type Owner,
  type TokenBody,
} from './token-owners';

const DAY_MS = 86_400_000;

describe('create-user-token: POST /v0/users/{userId}/access-tokens', () => {
  let world: World;
  let alice: Owner;
  let mine: ReturnType<typeof tokensOf>;

  const setMaximum = (days: number) =>
    world.db.query(`update organization set token_lifetime_max_days = $1 where name = 'acme'`, [days]);
  const lifetimeDays = ({ created_at, expires_at }: TokenBody) =>
    Math.round((Date.parse(expires_at) - Date.parse(created_at)) / DAY_MS);

  beforeAll(async () => {
    world = await aWorld();
    alice = await aUserWith(world, world.acme);
    mine = tokensOf(world, 'users', 'me', alice.token);
  });

  afterEach(() => setMaximum(365));

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the token, which signs in from then on', async () => {
      const answer = await mine.create({ name: 'CI pipeline' });
      expect(answer.status).toBe(201);
      const created = answer.json<Required<TokenBody>>();
      expect(created).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        name: 'CI pipeline',
        state: 'ACTIVE',
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        expires_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        last_used_at: null,
        revoked_at: null,
        rotated_at: null,
        token: expect.stringMatching(/^ptl_pat_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/) as string,
      });
      expect(await signsIn(world, created.token)).toBe(true);
    });

    it('takes the own id for `me`, in any case of its letters', async () => {
      for (const id of [alice.id, alice.id.toUpperCase()]) {
        const answer = await tokensOf(world, 'users', id, alice.token).create({ name: `by ${id}` });
        expect(answer.status).toBe(201);
      }
    });

    it('lives 90 days, or as long as the organization allows if that is less', async () => {
      expect(lifetimeDays(await mine.made('default'))).toBe(90);
      await setMaximum(30);
      expect(lifetimeDays(await mine.made('capped'))).toBe(30);
    });

    it('lives as long as it is asked for, up to the maximum itself', async () => {
      expect(lifetimeDays(await mine.made('a day', { ttl_seconds: 86_400 }))).toBe(1);
      expect(lifetimeDays(await mine.made('a year', { ttl_seconds: 31_536_000 }))).toBe(365);
      const expiresAt = new Date(Date.now() + 10 * DAY_MS).toISOString();
      const created = await mine.made('until', { expires_at: expiresAt });
      expect(new Date(created.expires_at).toISOString()).toBe(expiresAt);
    });

    it('keeps its hash alone, and writes one audit row without it', async () => {
      await world.db.query('delete from audit_log');
      const { token, id, name, state, expires_at } = await mine.made('secret');
      const kept = await world.db.query(`select t::text as row from access_token t where id = $1`, [id]);
      expect(JSON.stringify(kept)).not.toContain(token.slice(-38));
      expect(await auditRows(world)).toEqual([
        {
          action: 'token.create',
          target_id: id,
          before: null,
          after: { id, name, state, expires_at, owner_type: 'user', owner_id: alice.id },
        },
      ]);
    });

    it('gives a name again whose token is revoked', async () => {
      const first = await mine.made('again');
      await mine.revoke(first.id);
      expect((await mine.create({ name: 'again' })).status).toBe(201);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{}, 'name', 'required', {}],
      [{ name: '' }, 'name', 'min_length', { minimum: 1 }],
      [{ name: 'a'.repeat(257) }, 'name', 'max_length', { maximum: 256 }],
      [{ name: ' padded ' }, 'name', 'matches_regex', {}],
      [{ name: 'semi;colon' }, 'name', 'matches_regex', {}],
      [{ name: 'a\u0000b' }, 'name', 'matches_regex', {}],
      [{ name: 'x', ttl_seconds: 86_399 }, 'ttl_seconds', 'min', { minimum: 86_400 }],
      [{ name: 'x', ttl_seconds: 31_536_001 }, 'ttl_seconds', 'max', { maximum: 31_536_000 }],
      [{ name: 'x', ttl_seconds: 90_000.5 }, 'ttl_seconds', 'is_integer', {}],
      [{ name: 'x', ttl_seconds: '90000' }, 'ttl_seconds', 'is_integer', {}],
      [{ name: 'x', expires_at: 'tomorrow' }, 'expires_at', 'is_date_time', {}],
      [{ name: 'x', expires_at: null }, 'expires_at', 'is_date_time', {}],
      [{ name: 'x', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at', 'min', {}],
      [{ name: 'x', expires_at: '9999-12-31T23:59:59Z' }, 'expires_at', 'max', { maximum: 365 }],
      [{ name: 'x', expires_at: '2030-01-01T00:00:00Z', ttl_seconds: 90_000 }, 'ttl_seconds', 'dependent_fields', {}],
      [{ name: 'x', user_id: MISSING }, 'user_id', 'unknown_property', {}],
      [{ name: 'x', scopes: [] }, 'scopes', 'unknown_property', {}],
    ])('row %# names the field and the rule', async (body, field, rule, limits) => {
      const answer = await mine.create(body);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body', reason: expect.any(String) as string, ...limits }),
      );
    });

    it("names the organization's maximum to whoever asks for more", async () => {
      await setMaximum(7);
      expect(firstParameter(await mine.create({ name: 'x', ttl_seconds: 604_801 }))).toEqual({
        field: 'ttl_seconds',
        rule: 'max',
        maximum: 604_800,
        reason: 'ttl_seconds must not be greater than 604800 (7 days)',
        source: 'body',
      });
      const expires_at = new Date(Date.now() + 8 * DAY_MS).toISOString();
      expect(firstParameter(await mine.create({ name: 'x', expires_at }))).toEqual({
        field: 'expires_at',
        rule: 'max',
        maximum: 7,
        reason: 'expires_at must be at most 7 days ahead',
        source: 'body',
      });
    });

    it('answers 409 for a name that a live token of the same owner has, once of 20 at the same moment', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => mine.create({ name: 'raced' })));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      for (const answer of answers.filter(({ status }) => status !== 201))
        expect(problem(answer)).toEqual([409, 'access_token_name_taken']);
      const other = await aUserWith(world, world.acme);
      expect((await tokensOf(world, 'users', 'me', other.token).create({ name: 'raced' })).status).toBe(201);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      for (const id of ['me', alice.id])
        expect((await tokensOf(world, 'users', id).create({ name: 'nobody' })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('lets nobody make tokens in the name of another, not even an organization admin', async () => {
      const answer = await tokensOf(world, 'users', alice.id, world.acme.admin).create({ name: 'forged' });
      expect(problem(answer)).toEqual([403, 'forbidden']);
      expect(answer.json().detail).toBe('Personal access tokens are created and rotated by their user alone');
      expect((await mine.list('?filter[name]=forged')).json<{ data: unknown[] }>().data).toEqual([]);
    });

    it('answers 403 to a system account, which is no user', async () => {
      const account = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: '*' }]);
      expect(problem(await tokensOf(world, 'users', 'me', account).create({ name: 'x' }))).toEqual([403, 'forbidden']);
    });

    it('answers 403 to a session while the organization has personal tokens off, and no token is good', async () => {
      const session = await aSession(world, world.acme, alice.id);
      const bySession = tokensOf(world, 'users', 'me', session);
      const { token } = await bySession.made('by session');
      await world.db.query(`update organization set personal_tokens_enabled = false where name = 'acme'`);
      expect(problem(await bySession.create({ name: 'x' }))).toEqual([403, 'personal_tokens_disabled']);
      expect(await signsIn(world, token)).toBe(false);
      await world.db.query(`update organization set personal_tokens_enabled = true where name = 'acme'`);
      expect(await signsIn(world, token)).toBe(true);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing user: 403 to a member, 404 to who may see users', async () => {
      const ask = (calls: typeof mine) => calls.create({ name: 'x' });
      expect(await toldAlike(world, 'users', alice.token, ask)).toEqual([403, 'forbidden']);
      expect(await toldAlike(world, 'users', world.acme.admin, ask)).toEqual([404, 'user_not_found']);
    });

    it('lets a user of another organization have a token of the same name', async () => {
      const foreign = await aUserWith(world, world.globex);
      await mine.made('same');
      expect((await tokensOf(world, 'users', 'me', foreign.token).create({ name: 'same' })).status).toBe(201);
    });
  });
});
