import { startOidcProvider, type OidcAccount, type OidcProvider } from '../support/oidc';
import type { Answer } from '../support/http';
import { aWorld, type Organization, type World } from '../support/world';
import { Browser } from './browser';
import { aPerson, anInvite, PASSWORD, SESSION_COOKIE, sessionCookieOf, type Person } from './people';
import { problemCode } from './problem';
import { connect, ssoLogin, upToCallback } from './sso';

const ADA: OidcAccount = { sub: 'ada', email: 'ada@example.com', email_verified: true, name: 'Ada Example' };

describe('Whoever comes from an identity provider', () => {
  let world: World;
  let provider: OidcProvider;
  let providerId: string;

  const signIn = async (account: OidcAccount, organization = world.acme) => {
    await provider.setAccount(account);
    return ssoLogin(world, organization);
  };
  const me = async (answer: Answer) => {
    const headers = { cookie: `${SESSION_COOKIE}=${sessionCookieOf(answer) ?? ''}` };
    return (await world.call('GET', '/v0/users/me', { headers })).json<{ id: string; email: string }>();
  };
  const users = (organization: Organization, email = 'ada@example.com') =>
    world.db.query<{ id: string; active: boolean; invited: boolean; full_name: string }>(
      `select id, active, invited, full_name from user_account where org_id = $1 and lower(email) = lower($2)`,
      [organization.id, email],
    );
  const lastReason = async () => {
    const [row] = await world.db.query<{ reason: string }>(
      `select reason from audit_log where org_id = $1 and action = 'session.refuse' order by occurred_at desc limit 1`,
      [world.acme.id],
    );
    return row?.reason;
  };
  const refusedBecause = async (account: OidcAccount, reason: string) => {
    const answer = await signIn(account);
    expect([answer.status, problemCode(answer), await lastReason()]).toEqual([401, 'sso_failed', reason]);
    expect(sessionCookieOf(answer)).toBeUndefined();
  };
  const anInvited = (state = ''): Promise<Person> =>
    aPerson(world, world.acme, { email: 'ada@example.com', active: false, invited: true, password: null }).then(
      async (person) => {
        if (state !== 'never') await anInvite(world, world.acme, person.id, state);
        return person;
      },
    );

  beforeAll(async () => {
    [world, provider] = await Promise.all([aWorld({ RATE_LIMIT_AUTH: '1000/10000' }), startOidcProvider()]);
    providerId = await connect(world, world.acme, provider);
    await connect(world, world.globex, provider);
  });

  beforeEach(async () => {
    await provider.tamper({});
    await world.db.query(`delete from user_account where email not like 'admin@%'`);
  });

  afterAll(async () => {
    await provider.close();
    await world.close();
  });

  it('gets an account at the first login and the same one ever after', async () => {
    const first = await me(await signIn(ADA));
    expect(await users(world.acme)).toEqual([{ id: first.id, active: true, invited: false, full_name: 'Ada Example' }]);
    expect((await me(await signIn(ADA))).id).toBe(first.id);
  });

  it('starts without any role', async () => {
    const headers = { cookie: `${SESSION_COOKIE}=${sessionCookieOf(await signIn(ADA)) ?? ''}` };
    expect((await world.call('GET', '/v0/users', { headers })).status).toBe(403);
  });

  it('stays the same person under another address and name', async () => {
    const { id } = await me(await signIn(ADA));
    const later = await me(await signIn({ ...ADA, email: 'lovelace@example.com', name: 'Ada Lovelace' }));
    expect(later).toMatchObject({ id, email: 'ada@example.com' });
  });

  it('gets one account however many first logins run at the same time', async () => {
    await provider.setAccount(ADA);
    const browsers = Array.from({ length: 12 }, () => new Browser());
    const callbacks: string[] = [];
    for (const browser of browsers) callbacks.push(await upToCallback(world, world.acme, browser));
    const answers = await Promise.all(browsers.map((browser, index) => browser.send('GET', callbacks[index] ?? '')));
    expect(answers.map(({ status }) => status)).toEqual(Array(12).fill(302));
    expect(await users(world.acme)).toHaveLength(1);
  });

  it('is known by the subject, not by the address', async () => {
    await signIn(ADA);
    await refusedBecause({ ...ADA, sub: 'impostor' }, 'email of another account');
    expect(await users(world.acme)).toHaveLength(1);
  });

  it.each([
    ['that has a password', { password: PASSWORD }],
    ['that has nothing yet', { password: null }],
    ['that is disabled', { password: PASSWORD, active: false }],
    ['whose address differs in case', { email: 'Ada@Example.com' }],
  ])('takes over no account %s', async (_which, options) => {
    await aPerson(world, world.acme, { email: 'ada@example.com', ...options });
    const before = await users(world.acme);
    await refusedBecause(ADA, 'email of another account');
    expect(await users(world.acme)).toEqual(before);
  });

  it('takes over no administrator', async () => {
    await refusedBecause({ ...ADA, email: 'admin@acme.invalid' }, 'email of another account');
  });

  it.each(['open', 'expired', 'revoked', 'never'])('takes over nobody who is invited (%s)', async (state) => {
    await anInvited(state);
    const before = await users(world.acme);
    await refusedBecause(ADA, 'email of another account');
    expect(await users(world.acme)).toEqual(before);
  });

  it('is told to come by the link of the invite, as is whoever names the address of another account', async () => {
    await anInvited();
    const invited = await signIn(ADA);
    expect(invited.json().detail).toMatch(/open the link of your invitation/);
    const other = await signIn({ ...ADA, email: 'admin@acme.invalid' });
    expect([other.status, other.masked]).toEqual([invited.status, invited.masked]);
  });

  it('joins nobody and makes no account without an address that the provider stands for', async () => {
    await anInvited();
    for (const email_verified of [false, 'false', 'True', 'yes', 1, 0, {}])
      await refusedBecause({ ...ADA, email_verified }, 'no verified email');
    await refusedBecause({ sub: 'ada', name: 'Ada' }, 'no verified email');
    await refusedBecause({ ...ADA, email: 'no address' }, 'no verified email');
    await refusedBecause({ ...ADA, email: 'a@b@c' }, 'no verified email');
    expect(await users(world.acme)).toMatchObject([{ active: false, invited: true }]);
  });

  it.each([[true], ['true'], [undefined]])('has an address that counts when email_verified is %j', async (value) => {
    const { email_verified: _, ...rest } = ADA;
    const account = value === undefined ? rest : { ...rest, email_verified: value };
    expect((await me(await signIn(account))).email).toBe('ada@example.com');
  });

  it.each(['\u0130da@example.com', 'ada@ex\u00e4mple.com', '\u212aada@example.com', 'ad\u0430@example.com'])(
    'gets no account under an address outside ASCII: %s',
    async (email) => {
      await refusedBecause({ ...ADA, email }, 'email outside ASCII');
      expect((await signIn({ ...ADA, email })).json().detail).toMatch(/outside ASCII/);
      expect(await users(world.acme, email)).toEqual([]);
    },
  );

  it('stays known when his address leaves ASCII', async () => {
    const { id } = await me(await signIn(ADA));
    expect((await me(await signIn({ ...ADA, email: '\u00e4da@example.com' }))).id).toBe(id);
  });

  it('needs no verified address any more once he is known', async () => {
    const { id } = await me(await signIn(ADA));
    expect((await me(await signIn({ ...ADA, email_verified: false }))).id).toBe(id);
  });

  it('is refused while disabled', async () => {
    const { id } = await me(await signIn(ADA));
    await world.db.query(`update user_account set active = false where id = $1`, [id]);
    await refusedBecause(ADA, 'disabled');
  });

  it('is known by what the userinfo endpoint says where the ID token says little', async () => {
    await provider.tamper({ claims: { email: null, email_verified: null, name: null } });
    const answer = await me(await signIn(ADA));
    expect(answer).toMatchObject({ email: 'ada@example.com', full_name: 'Ada Example' });
  });

  it('is found by the claims that the organization names', async () => {
    const path = `/v0/identity-providers/${providerId}`;
    const mappings = (email: string) =>
      world.call('PATCH', path, { token: world.acme.admin, body: { config: { claim_mappings: { email } } } });
    await mappings('upn');
    await provider.tamper({ claims: { upn: 'by-upn@example.com' } });
    expect((await me(await signIn(ADA))).email).toBe('by-upn@example.com');
    await mappings('email');
  });

  it('is a stranger to every other organization, whatever its provider says', async () => {
    const here = await me(await signIn(ADA));
    const there = await me(await signIn(ADA, world.globex));
    expect(there.id).not.toBe(here.id);
    expect(await users(world.acme)).toHaveLength(1);
    expect(await users(world.globex)).toHaveLength(1);
  });
});
