import { startOidcProvider, type OidcProvider } from '../support/oidc';
import { aWorld, type World } from '../support/world';
import { Browser } from './browser';
import { connect, ssoLogin, upToCallback } from './sso';

describe('A change of an identity provider', () => {
  let world: World;
  let provider: OidcProvider;
  let id: string;

  const change = async (body: unknown) => {
    const answer = await world.call('PATCH', `/v0/identity-providers/${id}`, { token: world.acme.admin, body });
    expect(answer.status).toBe(200);
  };
  const lastReason = async () => {
    const [row] = await world.db.query<{ reason: string }>(
      `select reason from audit_log where action = 'session.refuse' order by occurred_at desc limit 1`,
    );
    return row?.reason;
  };

  beforeAll(async () => {
    [world, provider] = await Promise.all([aWorld({ RATE_LIMIT_AUTH: '1000/10000' }), startOidcProvider()]);
    id = await connect(world, world.acme, provider);
    await provider.setAccount({ sub: 'ada', email: 'ada@example.com', email_verified: true, groups: [] });
  });

  afterAll(async () => {
    await provider.close();
    await world.close();
  });

  it('counts from the next login, although what the provider says is remembered', async () => {
    expect((await ssoLogin(world, world.acme)).status).toBe(302);
    await change({ config: { client_secret: 'wrong' } });
    expect((await ssoLogin(world, world.acme)).status).toBe(401);
    expect(await lastReason()).toBe('provider refused the client');
    await change({ config: { client_secret: provider.clientSecret } });
    expect((await ssoLogin(world, world.acme)).status).toBe(302);
  });

  it('counts for logins that are under way', async () => {
    const browser = new Browser();
    const callback = await upToCallback(world, world.acme, browser);
    await change({ config: { client_id: 'another' } });
    expect((await browser.send('GET', callback)).status).toBe(401);
    await change({ config: { client_id: provider.clientId } });
    expect((await ssoLogin(world, world.acme)).status).toBe(302);
  });

  it('of the organization that signs in elsewhere finishes no login that another provider began', async () => {
    const browser = new Browser();
    const callback = await upToCallback(world, world.acme, browser);
    await world.db.query(`update identity_provider set enabled = false`);
    await connect(world, world.acme, provider);
    expect((await browser.send('GET', callback)).status).toBe(401);
    expect(await lastReason()).toBe('provider changed');
  });

  it('to another one leads to no account that the first has vouched for', async () => {
    expect((await ssoLogin(world, world.acme)).status).toBe(401);
    expect(await lastReason()).toBe('email of another account');
  });

  it('of the sign-in path changes the way back, too', async () => {
    await provider.setAccount({ sub: 'grace', email: 'grace@example.com', email_verified: true });
    await world.db.query(`update organization set login_path = 'harbour' where id = $1`, [world.acme.id]);
    expect((await world.call('GET', '/v0/authenticate/acme')).status).toBe(404);
    const browser = new Browser();
    const callback = await upToCallback(world, { ...world.acme, name: 'harbour' }, browser);
    expect(callback).toContain('/v0/authenticate/harbour/callback');
    expect((await browser.send('GET', callback)).status).toBe(302);
  });
});
