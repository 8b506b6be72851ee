import { aWorld, type World } from '../../support/world';
import {
  anAccountWith,
  auditRows,
  aUserWith,
  problem,
  signsIn,
  tokensOf,
  toldAlike,
  type Owner,
  type TokenBody,
} from './token-owners';

describe('create-system-account-token: POST /v0/system-accounts/{accountId}/access-tokens', () => {
  let world: World;
  let agent: Owner;
  let ours: ReturnType<typeof tokensOf>;

  const by = (token: string) => tokensOf(world, 'system-accounts', agent.id, token);

  beforeAll(async () => {
    world = await aWorld();
    agent = await anAccountWith(world, world.acme, ['Publisher', 'MCP Registries']);
    ours = by(world.acme.admin);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with a token of the account, which may do what the account may', async () => {
      await world.db.query('delete from audit_log');
      const answer = await ours.create({ name: 'production', ttl_seconds: 86_400 });
      expect(answer.status).toBe(201);
      const created = answer.json<Required<TokenBody>>();
      expect(created).toMatchObject({ name: 'production', state: 'ACTIVE', last_used_at: null, rotated_at: null });
      expect(created.token).toMatch(/^ptl_sat_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/);
      const registries = await world.call('GET', '/v0/registries', { token: created.token });
      expect(registries.status).toBe(200);
      const rows = await auditRows(world);
      expect(rows).toEqual([
        {
          action: 'token.create',
          target_id: created.id,
          before: null,
          after: expect.objectContaining({ owner_type: 'system_account', owner_id: agent.id }) as object,
        },
      ]);
      expect(JSON.stringify(rows)).not.toContain('ptl_sat_');
    });

    it('works by an identity admin who may do all that the account may', async () => {
      const manager = await aUserWith(world, world.acme, ['Admin', 'Identity'], ['Admin', 'MCP Registries']);
      expect((await by(manager.token).create({ name: 'by manager' })).status).toBe(201);
    });

    it('is not stopped by personal tokens being off', async () => {
      const account = await anAccountWith(world, world.acme, ['Admin', 'Identity'], ['Admin', 'MCP Registries']);
      await world.db.query(`update organization set personal_tokens_enabled = false where name = 'acme'`);
      const answer = await by(account.token).create({ name: 'by account' });
      await world.db.query(`update organization set personal_tokens_enabled = true where name = 'acme'`);
      expect(answer.status).toBe(201);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{}, 'name', 'required'],
      [{ name: 'x', ttl_seconds: 60 }, 'ttl_seconds', 'min'],
      [{ name: 'x', expires_at: '9999-12-31T23:59:59Z' }, 'expires_at', 'max'],
      [{ name: 'x', system_account_id: 'y' }, 'system_account_id', 'unknown_property'],
    ])('row %# names the field and the rule', async (body, field, rule) => {
      const answer = await ours.create(body);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body' }),
      );
    });

    it('answers 409 for a name that a live token of the same account has, and to nobody else', async () => {
      await ours.made('taken');
      expect(problem(await ours.create({ name: 'taken' }))).toEqual([409, 'access_token_name_taken']);
      const other = await anAccountWith(world, world.acme);
      const theirs = tokensOf(world, 'system-accounts', other.id, world.acme.admin);
      expect((await theirs.create({ name: 'taken' })).status).toBe(201);
    });

    it('answers 404 for `me`, which is no account', async () => {
      const answer = await tokensOf(world, 'system-accounts', 'me', world.acme.admin).create({ name: 'x' });
      expect(problem(answer)).toEqual([404, 'system_account_not_found']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      const nobody = tokensOf(world, 'system-accounts', agent.id);
      expect((await nobody.create({ name: 'x' })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to members, to another account and to who may only see accounts', async () => {
      const callers = [
        await aUserWith(world, world.acme, ['Admin', 'MCP Registries']),
        await anAccountWith(world, world.acme),
        await aUserWith(world, world.acme, ['Viewer', 'Identity']),
      ];
      for (const { token } of callers)
        expect(problem(await by(token).create({ name: 'x' }))).toEqual([403, 'forbidden']);
      expect(await signsIn(world, agent.token)).toBe(true);
    });

    it('answers 403 to an identity admin who may do less than the account', async () => {
      const identityAdmin = await aUserWith(world, world.acme, ['Admin', 'Identity']);
      expect(problem(await by(identityAdmin.token).create({ name: 'x' }))).toEqual([403, 'privilege_ceiling']);
      expect(await signsIn(world, agent.token)).toBe(true);
    });

    it('does not let an account make further tokens of its own', async () => {
      expect(problem(await by(agent.token).create({ name: 'more' }))).toEqual([403, 'forbidden']);
    });
  });

  describe('hides other organizations', () => {
    it('answers alike for a foreign and a missing account: 403 to a member, 404 to who may see accounts', async () => {
      const ask = (calls: typeof ours) => calls.create({ name: 'x' });
      const member = await aUserWith(world, world.acme);
      expect(await toldAlike(world, 'system-accounts', member.token, ask)).toEqual([403, 'forbidden']);
      expect(await toldAlike(world, 'system-accounts', world.acme.admin, ask)).toEqual([
        404,
        'system_account_not_found',
      ]);
    });
  });
});
