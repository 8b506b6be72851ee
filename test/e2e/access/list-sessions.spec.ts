import { aPerson, aSession, held, type Person, type Session } from '../../sign-in/people';
import { aWorld, type World } from '../../support/world';
import { anIdentityViewer, MISSING, refusal, refusesBadQueries, shown, type Listed } from './support/identity';

interface ListedSession {
  readonly id: string;
  readonly current: boolean;
}

describe('list-sessions: GET /v0/users/{userId}/sessions', () => {
  let world: World;
  let ada: Person;
  let first: Session;
  let second: Session;
  let foreign: Person;

  const list = (userId: string, token = world.acme.admin, query = '') =>
    world.call('GET', `/v0/users/${userId}/sessions${query}`, { token });
  const ids = async (userId: string, query = '') =>
    (await list(userId, world.acme.admin, query)).json<Listed<ListedSession>>().data.map(({ id }) => id);

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/10000' });
  });

  beforeEach(async () => {
    await world.db.query(`delete from user_account where email = 'ada@example.com'`);
    ada = await aPerson(world, world.acme, { email: 'ada@example.com' });
    foreign = await aPerson(world, world.globex, { email: 'ada@example.com' });
    first = await aSession(world, world.acme, ada);
    second = await aSession(world, world.acme, ada);
    await aSession(world, world.globex, foreign);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it("answers 200 with a page of one's own sessions, the latest first, without secrets", async () => {
      for (const userId of ['me', ada.id, ada.id.toUpperCase()]) {
        const answer = await world.call('GET', `/v0/users/${userId}/sessions`, { headers: held(first) });
        expect(answer.status).toBe(200);
        const { data, meta } = answer.json<Listed<ListedSession>>();
        expect(data.map(({ id, current }) => [id, current])).toEqual([
          [second.id, false],
          [first.id, true],
        ]);
        expect(meta).toEqual({ page: { number: 1, size: 10, total: 2 } });
        expect(data[0]).toEqual({
          id: second.id,
          method: 'password',
          address: '127.0.0.1',
          user_agent: null,
          current: false,
          created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
          last_seen_at: expect.stringMatching(/\.\d{6}Z$/) as string,
          expires_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        });
        expect(answer.text).not.toMatch(/ptl_ses|hash|public_id|csrf/);
      }
    });

    it("answers with another's sessions, none of which is current", async () => {
      const { data } = (await list(ada.id)).json<Listed<ListedSession>>();
      expect(data.map(({ id, current }) => [id, current])).toEqual([
        [second.id, false],
        [first.id, false],
      ]);
    });

    it.each([
      ['ended', `ended_at = now()`],
      ['expired', `expires_at = now()`],
      ['idle for an hour', `last_seen_at = now() - interval '60 minutes'`],
    ])('leaves out what is %s', async (_state, change) => {
      await world.db.query(`update user_session set ${change} where id = $1`, [first.id]);
      expect(await ids(ada.id)).toEqual([second.id]);
    });

    it('filters, sorts and pages', async () => {
      await world.db.query(`update user_session set method = 'oidc' where id = $1`, [first.id]);
      expect(await ids(ada.id, '?filter[method]=oidc')).toEqual([first.id]);
      expect(await ids(ada.id, '?sort=created_at')).toEqual([first.id, second.id]);
      expect(await ids(ada.id, '?page[size]=1&page[number]=2')).toEqual([first.id]);
    });
  });

  describe('rejects bad input', () => {
    refusesBadQueries((query) => list(ada.id, world.acme.admin, query));
  });

  describe('requires sign-in', () => {
    it('answers the same 401 whatever is named', async () => {
      const answers = await Promise.all(
        [ada.id, MISSING, 'me', 'x'].map((id) => world.call('GET', `/v0/users/${id}/sessions`)),
      );
      for (const answer of answers) expect([answer.status, shown(answer)]).toEqual([401, shown(answers[0] ?? answer)]);
    });
  });

  describe('requires the permission', () => {
    it('tells whoever may not see others nothing of them', async () => {
      const user = await world.aUser(world.acme);
      const account = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: '*' }]);
      for (const token of [user, account]) {
        const answer = await list(ada.id, token);
        expect(refusal(answer)).toEqual([403, 'forbidden']);
        for (const id of [MISSING, foreign.id, 'x']) expect(shown(await list(id, token))).toEqual(shown(answer));
      }
      expect((await list('me', user)).status).toBe(200);
      expect(refusal(await list('me', account))).toEqual([403, 'forbidden']);
    });

    it('answers whoever sees identity', async () => {
      expect((await list(ada.id, await anIdentityViewer(world, world.acme))).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers for a foreign user, a missing one and what is no id alike', async () => {
      const missing = await list(MISSING);
      expect(refusal(missing)).toEqual([404, 'user_not_found']);
      for (const id of [foreign.id, foreign.id.toUpperCase(), 'x', '*', "'--"])
        expect(shown(await list(id))).toEqual(shown(missing));
    });

    it('shows no session of a namesake', async () => {
      expect(await ids(ada.id)).toHaveLength(2);
    });
  });
});
