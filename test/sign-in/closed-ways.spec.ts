import { join, predefinedTeam, trailOf } from '../e2e/access/support/identity';
import { startOidcProvider, type OidcProvider } from '../support/oidc';
import { aWorld, type World } from '../support/world';
import { Browser } from './browser';
import { aPerson, aSession, held, logIn, SESSION_COOKIE, type Person, type Session } from './people';
import { problemCode } from './problem';
import { connect, ssoLogin, upToCallback } from './sso';

describe('A way to sign in that is closed', () => {
  let world: World;
  let provider: OidcProvider;
  let providerId: string;
  let ada: Person;
  let byPassword: Session;
  let bySso: string;

  const patch = (body: object, session?: Session) =>
    world.call('PATCH', '/v0/authentication-settings?force=true', {
      body,
      ...(session ? { headers: held(session) } : { token: world.acme.admin }),
    });
  const change = (method: string, body?: object) =>
    world.call(method, `/v0/identity-providers/${providerId}`, { token: world.acme.admin, ...(body ? { body } : {}) });
  const me = async (text: string) =>
    (await world.call('GET', '/v0/users/me', { headers: { cookie: `${SESSION_COOKIE}=${text}` } })).status;
  const alive = async () => [await me(byPassword.text), await me(bySso)];
  const sso = async (organization = world.acme) => {
    const browser = new Browser();
    expect((await ssoLogin(world, organization, browser)).status).toBe(302);
    return browser.cookie(world.url, SESSION_COOKIE) ?? '';
  };

  beforeAll(async () => {
    [world, provider] = await Promise.all([aWorld({ RATE_LIMIT_AUTH: '1000/10000' }), startOidcProvider()]);
    await provider.setAccount({ sub: 'grace', email: 'grace@example.com' });
    ada = await aPerson(world, world.acme, { email: 'ada@example.com' });
    const team = await predefinedTeam(world, world.acme, 'Organization Admin');
    await join(world, world.acme, team, { type: 'user', id: ada.id });
  });

  beforeEach(async () => {
    await world.db.query(`update organization set basic_auth_enabled = true, oidc_auth_enabled = false`);
    await world.db.query('delete from identity_provider');
    await world.db.query(`delete from user_account where email = 'grace@example.com'`);
    providerId = await connect(world, world.acme, provider);
    [byPassword, bySso] = [await aSession(world, world.acme, ada), await sso()];
    expect(await alive()).toEqual([200, 200]);
  });

  afterAll(async () => {
    await provider.close();
    await world.close();
  });

  it('ends the sessions that came by password, and no other', async () => {
    expect((await patch({ basic_auth_enabled: false })).status).toBe(200);
    expect(await alive()).toEqual([401, 200]);
  });

  it('ends the sessions that came by the provider, and no other', async () => {
    expect((await patch({ oidc_auth_enabled: false })).status).toBe(200);
    expect(await alive()).toEqual([200, 401]);
  });

  it('ends no session while it stays open', async () => {
    await patch({ idp_mapping_enabled: true });
    await patch({ idp_mapping_enabled: false });
    await change('PATCH', { config: { client_id: 'another' } });
    expect(await alive()).toEqual([200, 200]);
  });

  it('ends the session of whoever closes it, too', async () => {
    expect((await patch({ basic_auth_enabled: false }, byPassword)).status).toBe(200);
    expect(await alive()).toEqual([401, 200]);
  });

  it('keeps them ended when it is opened again', async () => {
    await patch({ basic_auth_enabled: false });
    await patch({ basic_auth_enabled: true, oidc_auth_enabled: false });
    await patch({ oidc_auth_enabled: true });
    expect(await alive()).toEqual([401, 401]);
  });

  it('is written down in one row, with how many sessions ended', async () => {
    const trail = await trailOf(world, world.acme, () => patch({ oidc_auth_enabled: false }));
    expect(trail).toEqual([
      expect.objectContaining({
        action: 'authentication_settings.update',
        after: expect.objectContaining({ oidc_auth_enabled: false, ended: 1 }) as object,
      }),
    ]);
  });

  it.each([
    ['disabled', 'PATCH', { enabled: false }],
    ['deleted', 'DELETE', undefined],
  ])('ends them also when its provider is %s', async (_how, method, body) => {
    // What a change of the settings has left over, if it ever does.
    await world.db.query(`update organization set oidc_auth_enabled = false where id = $1`, [world.acme.id]);
    expect((await change(method, body)).status).toBeLessThan(300);
    expect(await alive()).toEqual([200, 401]);
  });

  it('ends no session of another organization', async () => {
    await connect(world, world.globex, provider);
    const there = await sso(world.globex);
    const password = await aSession(world, world.globex, await aPerson(world, world.globex));
    await patch({ oidc_auth_enabled: false });
    await connect(world, await world.anOrganization('initech'), provider);
    expect([await me(there), await me(password.text)]).toEqual([200, 200]);
  });

  it('lets nobody in who is at the provider at that moment', async () => {
    const browser = new Browser();
    const callback = await upToCallback(world, world.acme, browser);
    await patch({ oidc_auth_enabled: false });
    expect(problemCode(await browser.send('GET', callback))).toBe('sso_failed');
  });

  it('leaves no session behind, however logins and the change overlap', async () => {
    const people = [];
    for (let index = 0; index < 10; index += 1) people.push(await aPerson(world, world.acme));
    const logins = people.map((person) => logIn(world, world.acme, person));
    expect((await patch({ basic_auth_enabled: false })).status).toBe(200);
    const statuses = (await Promise.all(logins)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200 && status !== 403)).toEqual([]);
    const left = await world.db.query(
      `select 1 from user_session where org_id = $1 and method = 'password' and ended_at is null`,
      [world.acme.id],
    );
    expect(left).toEqual([]);
  });
});
