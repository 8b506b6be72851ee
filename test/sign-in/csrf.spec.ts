import { aWorld, type World } from '../support/world';
import { aPerson, aSession, held, SESSION_COOKIE, type Person, type Session } from './people';
import { problemCode } from './problem';

const CHANGE = { name: 'Fleet' };

describe('A session of a browser', () => {
  let world: World;
  let admin: Person;
  let session: Session;

  const cookie = () => ({ cookie: `${SESSION_COOKIE}=${session.text}` });
  const change = (headers: Record<string, string>, method = 'POST') =>
    world.call(method, '/v0/teams', { headers, body: CHANGE });
  const teams = async () =>
    (await world.db.query(`select 1 from team where org_id = $1 and name = 'Fleet'`, [world.acme.id])).length;

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/10000' });
    admin = await aPerson(world, world.acme);
    await world.db.query(
      `insert into team_member (org_id, id, team_id, user_id)
       select org_id, gen_random_uuid(), id, $2 from team where org_id = $1 and name = 'Organization Admin'`,
      [world.acme.id, admin.id],
    );
  });

  beforeEach(async () => {
    await world.db.query(`delete from team where name = 'Fleet'`);
    session = await aSession(world, world.acme, admin);
  });

  afterAll(() => world.close());

  it('changes things for the page that holds its token', async () => {
    expect((await change(held(session))).status).toBe(201);
    expect((await change({ ...held(session), origin: world.url })).status).toBe(201);
    expect(await teams()).toBe(2);
  });

  it('changes nothing for a page that does not', async () => {
    const other = await aSession(world, world.acme, admin);
    for (const token of [undefined, '', 'x', other.csrf, session.csrf.toUpperCase(), `${session.csrf} x`]) {
      const answer = await change({ ...cookie(), ...(token === undefined ? {} : { 'x-csrf-token': token }) });
      expect([token, answer.status, problemCode(answer)]).toEqual([token, 403, 'csrf_token_invalid']);
    }
    expect(await teams()).toBe(0);
  });

  it('changes nothing for a page of another site, even one that knows the token', async () => {
    for (const origin of ['https://evil.example.com', 'null', `${world.url}.evil.example.com`, `${world.url}/`, '']) {
      const answer = await change({ ...held(session), origin });
      expect([origin, answer.status, problemCode(answer)]).toEqual([origin, 403, 'csrf_token_invalid']);
    }
    expect(await teams()).toBe(0);
  });

  it('reads without a token', async () => {
    for (const method of ['GET', 'HEAD'])
      expect((await world.call(method, '/v0/teams', { headers: cookie() })).status).toBe(200);
  });

  it('can be read by no page of another site', async () => {
    const headers = { ...cookie(), origin: 'https://evil.example.com' };
    const answer = await world.call('GET', '/v0/teams', { headers });
    expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('counts for nothing beside another credential', async () => {
    const other = { authorization: `Bearer ${await world.aUser(world.acme)}` };
    const denied = await change({ ...held(session), ...other });
    expect([denied.status, problemCode(denied)]).toEqual([403, 'forbidden']);
    expect((await change({ ...cookie(), authorization: `Bearer ${world.acme.admin}` })).status).toBe(201);
    expect((await change({ ...cookie(), 'x-api-key': world.acme.admin })).status).toBe(201);
    expect((await change({ ...held(session), authorization: 'Bearer garbage' })).status).toBe(401);
    expect((await change({ ...held(session), authorization: 'Basic eDp5' })).status).toBe(401);
  });

  it('gives another token than every other one', async () => {
    const other = await aSession(world, world.acme, admin);
    expect(other.csrf).not.toBe(session.csrf);
    expect(session.text).not.toContain(session.csrf);
  });
});
