import { aWorld, type World } from '../../support/world';

describe('get-user-me: GET /v0/users/me', () => {
  let world: World;

  const me = (token?: string) => world.call('GET', '/v0/users/me', token === undefined ? {} : { token });

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it("answers 200 with the caller's account and no secret of it", async () => {
      const answer = await me(world.acme.admin);
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        email: 'admin@acme.invalid',
        full_name: 'Organization Admin',
        preferred_name: null,
        active: true,
        invited: false,
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        updated_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      });
    });

    it('answers each user with his own account', async () => {
      const [one, two] = [await world.aUser(world.acme), await world.aUser(world.acme)];
      const ids = [(await me(one)).json().id, (await me(two)).json().id];
      expect(new Set(ids).size).toBe(2);
    });

    it('writes down when a token was last used', async () => {
      await world.db.query(`update access_token set last_used_at = null`);
      await me(world.acme.admin);
      const used = await world.db.query<{ org_id: string }>(
        `select org_id from access_token where last_used_at is not null`,
      );
      expect(used).toEqual([{ org_id: world.acme.id }]);
    });
  });

  describe('rejects bad input', () => {
    it.each(['POST', 'PUT'])('answers 405 with Allow to %s', async (method) => {
      const answer = await world.call(method, '/v0/users/me', { token: world.acme.admin });
      expect([answer.status, answer.headers.allow]).toEqual([405, 'DELETE, GET, HEAD, PATCH']);
    });

    it('deletes nobody by this name', async () => {
      const answer = await world.call('DELETE', '/v0/users/me?force=true', { token: world.acme.admin });
      expect([answer.status, (await me(world.acme.admin)).status]).toEqual([404, 200]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await me()).status).toBe(401);
    });

    it.each([
      ['expired', { expired: true }],
      ['revoked', { revoked: true }],
      ['disabled', { active: false }],
    ] as const)('refuses an %s token and writes that down where it belongs', async (reason, state) => {
      await world.db.query('delete from audit_log');
      expect((await me(await world.aUser(world.acme, state))).status).toBe(401);
      const rows = await world.db.query(`select org_id, action, kind, result, reason from audit_log`);
      expect(rows).toEqual([
        { org_id: world.acme.id, action: 'token.refuse', kind: 'authentication', result: 'denied', reason },
      ]);
    });

    it('answers 401 alike whatever is wrong with the token', async () => {
      const states = [{ expired: true }, { revoked: true }, { active: false }];
      const tokens: string[] = [];
      for (const state of states) tokens.push(await world.aUser(world.acme, state));
      const bodies = await Promise.all(
        ['garbage', ...tokens].map(async (token) => {
          const { trace, ...rest } = split((await me(token)).json<{ instance: string }>());
          expect(trace).toHaveLength(32);
          return rest;
        }),
      );
      for (const body of bodies) expect(body).toEqual(bodies[0]);
    });
  });

  describe('requires the permission', () => {
    it('needs no role', async () => {
      expect((await me(await world.aUser(world.acme))).status).toBe(200);
    });

    it('answers 403 to a system account, which is no user', async () => {
      const answer = await me(await world.aSystemAccount(world.acme, [{ role: 'Admin', on: '*' }]));
      expect([answer.status, answer.json().detail]).toEqual([403, 'This credential does not belong to a user']);
    });
  });

  describe('hides other organizations', () => {
    it('takes the account from the credential and from nothing else', async () => {
      const { id } = (await me(world.globex.admin)).json<{ id: string }>();
      const answer = await world.call('GET', `/v0/users/me?id=${id}`, {
        token: world.acme.admin,
        headers: { 'x-user-id': id, 'x-forwarded-user': 'admin@globex.invalid' },
      });
      expect(answer.json().email).toBe('admin@acme.invalid');
    });
  });
});

function split({ instance, ...rest }: { instance: string }) {
  return { trace: instance.replace('portolan:trace:', ''), ...rest };
}
