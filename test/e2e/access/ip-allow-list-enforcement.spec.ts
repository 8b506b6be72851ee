import { aServer, aWorld, type World } from '../../support/world';
import { aSession, anAccountWith, aUserWith, problem } from './token-owners';

const PROXY = '127.0.0.1';
const OFFICE = '192.0.2.10';
const OFFICE_V6 = '2001:db8:1::10';
const HOME = '203.0.113.5';

async function allow(world: World, ranges: readonly string[]): Promise<void> {
  await world.db.query(
    `update organization set ip_allow_list_enabled = true, allowed_ips = $1::cidr[] where name = 'acme'`,
    [ranges],
  );
}

describe('The IP allow list of an organization', () => {
  let world: World;

  const from = (forwarded: string | null, path = '/v0/registries', token: string | undefined = world.acme.admin) =>
    world.call('GET', path, {
      ...(token === '' ? {} : { token }),
      headers: forwarded === null ? {} : { 'x-forwarded-for': forwarded },
    });

  describe('behind a trusted proxy', () => {
    beforeAll(async () => {
      world = await aWorld({ TRUSTED_PROXIES: PROXY });
      await world.aRegistry(world.acme, 'open', { visibility: 'public' });
      await world.aRegistry(world.acme, 'closed');
      for (const registry of ['open', 'closed']) await world.publish(world.acme, registry, aServer());
      await allow(world, ['192.0.2.0/24', '2001:db8:1::/48']);
    });

    afterAll(() => world.close());

    it.each([OFFICE, '192.0.2.255', OFFICE_V6, '2001:DB8:1:ffff::1', `::ffff:${OFFICE}`])(
      'lets %s in',
      async (address) => {
        expect((await from(address)).status).toBe(200);
      },
    );

    it.each([HOME, '192.0.3.1', '2001:db8:2::1', '::1', '127.0.0.2'])('refuses %s', async (address) => {
      expect(problem(await from(address))).toEqual([403, 'address_not_allowed']);
    });

    it('goes by the address that the proxy saw, not by what the caller says before it', async () => {
      expect(problem(await from(`${OFFICE}, ${HOME}`))).toEqual([403, 'address_not_allowed']);
      expect(problem(await from(`${OFFICE}, ${PROXY}, ${HOME}`))).toEqual([403, 'address_not_allowed']);
      expect((await from(`${HOME}, ${OFFICE}`)).status).toBe(200);
    });

    it('counts for tokens of system accounts and for sessions', async () => {
      const account = await anAccountWith(world, world.acme);
      const user = await aUserWith(world, world.acme);
      const session = await aSession(world, world.acme, user.id);
      for (const [address, status] of [
        [OFFICE, 200],
        [HOME, 403],
      ] as const) {
        expect((await from(address, '/v0/organizations/me', account.token)).status).toBe(status);
        const answer = await world.call('GET', '/v0/organizations/me', {
          headers: { ...session, 'x-forwarded-for': address },
        });
        expect(answer.status).toBe(status);
      }
    });

    it('counts below a registry, and leaves what everybody may read to everybody', async () => {
      expect((await from(HOME, '/registries/closed/v0.1/servers')).status).toBe(403);
      expect((await from(OFFICE, '/registries/closed/v0.1/servers')).status).toBe(200);
      for (const token of ['', world.acme.admin])
        expect((await from(HOME, '/o/acme/registries/open/v0.1/servers', token)).status).toBe(200);
    });

    it('answers a wrong token from a wrong address like any wrong token', async () => {
      const wrong = `${world.acme.admin.slice(0, -1)}${world.acme.admin.endsWith('0') ? '1' : '0'}`;
      expect((await from(HOME, '/v0/registries', wrong)).status).toBe(401);
    });

    it('has refusals written down with the address', async () => {
      await world.db.query('delete from audit_log');
      await from(HOME);
      expect(
        await world.db.query(`select org_id, action, result, reason, host(address) as address from audit_log`),
      ).toEqual([
        { org_id: world.acme.id, action: 'token.refuse', result: 'denied', reason: 'address', address: HOME },
      ]);
    });

    it('leaves other organizations alone', async () => {
      expect((await from(HOME, '/v0/registries', world.globex.admin)).status).toBe(200);
    });
  });

  describe('without a trusted proxy', () => {
    beforeAll(async () => {
      world = await aWorld();
      await allow(world, ['192.0.2.0/24']);
    });

    afterAll(() => world.close());

    it('believes no header', async () => {
      for (const forwarded of [null, OFFICE, `${OFFICE}, ${PROXY}`])
        expect(problem(await from(forwarded))).toEqual([403, 'address_not_allowed']);
      for (const header of ['x-real-ip', 'forwarded', 'client-ip', 'true-client-ip']) {
        const value = header === 'forwarded' ? `for=${OFFICE}` : OFFICE;
        const answer = await world.call('GET', '/v0/registries', {
          token: world.acme.admin,
          headers: { [header]: value },
        });
        expect(answer.status).toBe(403);
      }
    });

    it('lets the address of the connection in', async () => {
      await allow(world, ['127.0.0.1']);
      for (const forwarded of [null, HOME]) expect((await from(forwarded)).status).toBe(200);
    });
  });
});
