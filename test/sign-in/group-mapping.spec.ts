import { v7 as uuidv7 } from 'uuid';
import { startOidcProvider, type OidcAccount, type OidcProvider } from '../support/oidc';
import type { Answer } from '../support/http';
import { aWorld, type World } from '../support/world';
import { Browser } from './browser';
import { SESSION_COOKIE, sessionCookieOf } from './people';
import { problemCode } from './problem';
import { connect, mapGroup, ssoLogin, upToCallback } from './sso';

const ADA: OidcAccount = { sub: 'ada', email: 'ada@example.com', email_verified: true, name: 'Ada Example' };

describe('Groups of an identity provider', () => {
  let world: World;
  let provider: OidcProvider;
  let providerId: string;
  const teams = new Map<string, string>();

  const signIn = async (groups: unknown, sub = 'ada') => {
    await provider.setAccount({
      ...ADA,
      sub,
      email: `${sub}@example.com`,
      ...(groups === undefined ? {} : { groups }),
    });
    return ssoLogin(world, world.acme);
  };
  /** The URL that the provider sends a browser back to. */
  const comesBack = async (sub: string, browser: Browser) => {
    await provider.setAccount({ ...ADA, sub, email: `${sub}@example.com`, groups: ['captains'] });
    return upToCallback(world, world.acme, browser);
  };
  const membership = async (sub = 'ada') =>
    (
      await world.db.query<{ name: string; source: string }>(
        `select t.name, m.source from team_member m
         join team t on t.org_id = m.org_id and t.id = m.team_id
         join user_account u on u.org_id = m.org_id and u.id = m.user_id
         where m.org_id = $1 and u.email = $2 order by t.name`,
        [world.acme.id, `${sub}@example.com`],
      )
    ).map(({ name, source }) => `${name}: ${source}`);
  const settings = (change: string) =>
    world.db.query(`update organization set ${change} where id = $1`, [world.acme.id]);
  const teamActions = async () =>
    (
      await world.db.query<{ action: string; target_name: string }>(
        `select action, target_name from audit_log where action like 'team.member.%' order by occurred_at, id`,
      )
    ).map(({ action, target_name }) => `${action} ${target_name}`);
  const headers = (answer: Answer) => ({ cookie: `${SESSION_COOKIE}=${sessionCookieOf(answer) ?? ''}` });
  const joinByHand = (team: string) =>
    world.db.query(
      `insert into team_member (org_id, id, team_id, user_id)
       select org_id, $2, $3, id from user_account where org_id = $1 and email = 'ada@example.com'`,
      [world.acme.id, uuidv7(), teams.get(team)],
    );

  beforeAll(async () => {
    [world, provider] = await Promise.all([aWorld({ RATE_LIMIT_AUTH: '1000/10000' }), startOidcProvider()]);
    providerId = await connect(world, world.acme, provider, { idp_mapping_enabled: true });
    for (const name of ['Organization Admin', 'Auditor', 'MCP Registry Viewer']) {
      const [team] = await world.db.query<{ id: string }>(`select id from team where org_id = $1 and name = $2`, [
        world.acme.id,
        name,
      ]);
      teams.set(name, team?.id ?? '');
    }
    await mapGroup(world, world.acme, providerId, 'captains', teams.get('Organization Admin') ?? '');
    await mapGroup(world, world.acme, providerId, 'auditors', teams.get('Auditor') ?? '');
    await mapGroup(world, world.acme, providerId, 'readers', teams.get('MCP Registry Viewer') ?? '');
    await mapGroup(world, world.acme, providerId, 'sailors', teams.get('MCP Registry Viewer') ?? '');
  });

  beforeEach(async () => {
    await provider.tamper({});
    await settings('idp_mapping_enabled = true');
    await world.db.query(`delete from user_account where email not like 'admin@%'`);
    await world.db.query(`delete from audit_log`);
  });

  afterAll(async () => {
    await provider.close();
    await world.close();
  });

  it('decide about teams at each login', async () => {
    await signIn(['auditors', 'sailors', 'unknown']);
    expect(await membership()).toEqual(['Auditor: identity_provider', 'MCP Registry Viewer: identity_provider']);
    await signIn(['readers']);
    expect(await membership()).toEqual(['MCP Registry Viewer: identity_provider']);
    await signIn([]);
    expect(await membership()).toEqual([]);
    expect(await teamActions()).toEqual([
      'team.member.add Auditor',
      'team.member.add MCP Registry Viewer',
      'team.member.remove Auditor',
      'team.member.remove MCP Registry Viewer',
    ]);
  });

  it('give what the team may do at once, and take it from older sessions, too', async () => {
    const first = await signIn(['auditors']);
    const trail = () => world.call('GET', '/v0/audit-logs', { headers: headers(first) });
    expect((await trail()).status).toBe(200);
    await signIn([]);
    expect((await trail()).status).toBe(403);
  });

  it('are told apart by case', async () => {
    await signIn(['Auditors', 'auditors ']);
    expect(await membership()).toEqual([]);
  });

  it('may be one text instead of a list', async () => {
    await signIn('auditors');
    expect(await membership()).toEqual(['Auditor: identity_provider']);
  });

  it('leave alone what was given by hand', async () => {
    await signIn([]);
    await joinByHand('Auditor');
    await signIn(['auditors']);
    expect(await membership()).toEqual(['Auditor: manual']);
    await signIn([]);
    expect(await membership()).toEqual(['Auditor: manual']);
    expect(await teamActions()).toEqual([]);
  });

  it('that map to nothing let their people in without a team', async () => {
    const answer = await signIn(['unknown']);
    expect(answer.status).toBe(302);
    expect((await world.call('GET', '/v0/users/me', { headers: headers(answer) })).status).toBe(200);
  });

  it('decide about nothing while the organization does not map them', async () => {
    await signIn(['auditors']);
    await settings('idp_mapping_enabled = false');
    expect((await signIn(['readers'])).status).toBe(302);
    expect((await signIn(undefined)).status).toBe(302);
    expect(await membership()).toEqual(['Auditor: identity_provider']);
  });

  it('that a mapping leads to no more take the team at the next login', async () => {
    const mapping = await mapGroup(world, world.acme, providerId, 'guests', teams.get('Auditor') ?? '');
    await signIn(['guests']);
    expect(await membership()).toEqual(['Auditor: identity_provider']);
    const path = `/v0/identity-providers/${providerId}/team-group-mappings/${mapping}`;
    expect((await world.call('DELETE', path, { token: world.acme.admin })).status).toBe(204);
    await signIn(['guests']);
    expect(await membership()).toEqual([]);
  });

  it('never take the last administrator away', async () => {
    await signIn(['captains']);
    await signIn(['captains'], 'grace');
    await world.db.query(`update user_account set active = false where email = 'admin@acme.invalid'`);
    await signIn([], 'grace');
    expect(await membership('grace')).toEqual([]);
    await signIn(['auditors']);
    expect(await membership()).toEqual(['Auditor: identity_provider', 'Organization Admin: identity_provider']);
    const removals = (await teamActions()).filter((action) => action === 'team.member.remove Organization Admin');
    expect(removals).toHaveLength(1);
    await world.db.query(`update user_account set active = true where email = 'admin@acme.invalid'`);
    await signIn(['auditors']);
    expect(await membership()).toEqual(['Auditor: identity_provider']);
  });

  it('never take the last two administrators away at the same time', async () => {
    await signIn(['captains']);
    await signIn(['captains'], 'grace');
    await world.db.query(`update user_account set active = false where email = 'admin@acme.invalid'`);
    const browsers = [new Browser(), new Browser()] as const;
    const [first, second] = [await comesBack('ada', browsers[0]), await comesBack('grace', browsers[1])];
    await provider.tamper({ claims: { groups: [] } });
    const answers = await Promise.all([browsers[0].send('GET', first), browsers[1].send('GET', second)]);
    expect(answers.map(({ status }) => status)).toEqual([302, 302]);
    const left = [...(await membership()), ...(await membership('grace'))];
    expect(left).toEqual(['Organization Admin: identity_provider']);
    await world.db.query(`update user_account set active = true where email = 'admin@acme.invalid'`);
  });

  it.each([
    ['are missing', undefined, {}, 'no groups'],
    ['are null', ['auditors'], { groups: null }, 'no groups'],
    ['are too many for the token', undefined, { _claim_names: { groups: 'src1' } }, 'groups overage'],
    ['are no texts', [{ name: 'auditors' }], {}, 'malformed groups'],
    ['hold what no text can', ['a\u0000'], {}, 'malformed groups'],
    ['are more than a thousand', Array.from({ length: 1001 }, (_, index) => `g${index}`), {}, 'malformed groups'],
  ])('that %s let nobody in and change nothing', async (_what, groups, claims, reason) => {
    await signIn(['auditors']);
    await world.db.query(`delete from audit_log`);
    if (groups === undefined || 'groups' in claims) await provider.tamper({ claims });
    const answer = await signIn('groups' in claims ? undefined : groups);
    expect([answer.status, problemCode(answer), sessionCookieOf(answer)]).toEqual([401, 'sso_failed', undefined]);
    const rows = await world.db.query(`select action, result, reason from audit_log`);
    expect(rows).toEqual([{ action: 'session.refuse', result: 'denied', reason }]);
    expect(await membership()).toEqual(['Auditor: identity_provider']);
  });

  it('that do not come are told of in words that help', async () => {
    expect((await signIn(undefined)).json().detail).toMatch(/does not send your groups/);
    await provider.tamper({ claims: { _claim_names: { groups: 'src1' } } });
    expect((await signIn(undefined)).json().detail).toMatch(/more groups than your identity provider sends/);
  });
});
