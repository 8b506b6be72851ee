import { TOLD } from '../../support/told';
import { aServer, aWorld, type World } from '../../support/world';
import type { CreatedCapabilityUrl } from './capability-url';

const MISSING = '00000000-0000-7000-8000-000000000000';
const SECRET = /^ptl_cap_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/;
const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/) as string;

describe('create-capability-url: POST /v0/registries/{registryIdentifier}/capability-urls', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;

  const create = (body: unknown, registry = id, token: string | null = world.acme.admin) =>
    world.call('POST', `/v0/registries/${registry}/capability-urls`, token === null ? { body } : { token, body });
  const rows = () => world.db.query<{ name: string }>('select name from capability_url order by name');

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    await world.publish(world.acme, id, aServer());
  });

  beforeEach(() => world.db.query('delete from capability_url'));

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the URL at every base, and each opens the registry', async () => {
      const answer = await create({ name: 'VS Code' });
      expect(answer.status).toBe(201);
      const created = answer.json<CreatedCapabilityUrl>();
      const secret = created.url.split('~')[1] ?? '';
      expect(secret).toMatch(SECRET);
      expect(created).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        name: 'VS Code',
        url: `${world.url}/registries/${id}~${secret}`,
        urls: [
          `${world.url}/registries/${id}~${secret}`,
          `${world.url}/v0/registries/${id}~${secret}`,
          `${world.url}/o/acme/registries/tools~${secret}`,
        ],
        allowed_ips: [],
        expires_at: null,
        created_at: TIME,
        last_used_at: null,
        revoked_at: null,
      });
      for (const url of created.urls) {
        const { pathname } = new URL(url);
        const list = await world.call('GET', `${pathname}/v0.1/servers`);
        expect([list.status, list.json<{ metadata: object }>().metadata]).toEqual([200, { count: 1 }]);
      }
    });

    it('is kept by no cache', async () => {
      expect((await create({ name: 'one' })).headers['cache-control']).toBe('no-store');
    });

    it('keeps the time of expiry and the ranges, in canonical text', async () => {
      const answer = await create({
        name: 'narrow',
        expires_at: '2999-01-02T03:04:05.6789+02:00',
        allowed_ips: ['192.0.2.1', '198.51.100.77/24', '2001:DB8:0::1', '2001:db8::/32'],
      });
      expect(answer.json()).toMatchObject({
        expires_at: '2999-01-02T01:04:05.678900Z',
        allowed_ips: ['192.0.2.1/32', '198.51.100.0/24', '2001:db8::1/128', '2001:db8::/32'],
      });
    });

    it('takes null for no expiry and 100 ranges', async () => {
      const allowed_ips = Array.from({ length: 100 }, (_, index) => `192.0.2.${index}`);
      const answer = await create({ name: 'n'.repeat(120), expires_at: null, allowed_ips });
      expect([answer.status, answer.json().expires_at]).toEqual([201, null]);
      expect(answer.json().allowed_ips).toHaveLength(100);
    });

    it('answers by the name of the registry and at the alias', async () => {
      expect((await create({ name: 'by name' }, 'tools')).status).toBe(201);
      const alias = await world.call('POST', `/v0/mcp-registries/${id}/capability-urls`, {
        token: world.acme.admin,
        body: { name: 'at the alias' },
      });
      expect(alias.status).toBe(201);
    });

    it('makes another secret every time', async () => {
      const urls = [await create({ name: 'one' }), await create({ name: 'two' })].map((one) => one.json().url);
      expect(new Set(urls).size).toBe(2);
    });

    it('stores the secret nowhere and writes one audit row without it', async () => {
      await world.db.query('delete from audit_log');
      const { url, urls, ...shown } = (await create({ name: 'audited' })).json<CreatedCapabilityUrl>();
      const audited = await world.db.query(
        'select action, target_id, target_name, registry_id, before, after from audit_log',
      );
      expect(audited).toEqual([
        {
          action: 'capability_url.create',
          target_id: shown.id,
          target_name: 'audited',
          registry_id: id,
          before: null,
          after: shown,
        },
      ]);
      const stored = await world.db.query<{ text: string }>(
        `select to_jsonb(c)::text as text from capability_url c union all select to_jsonb(told)::text from ${TOLD}`,
      );
      expect(urls).toHaveLength(3);
      expect(stored.map(({ text }) => text).join()).not.toContain(url.slice(-38));
    });

    it('gives a name again once its URL is revoked', async () => {
      const first = await create({ name: 'again' });
      expect((await create({ name: 'again' })).json().detail).toBe(
        'The registry already has a capability URL of this name',
      );
      await world.call('DELETE', `/v0/registries/${id}/capability-urls/${String(first.json().id)}`, {
        token: world.acme.admin,
      });
      expect((await create({ name: 'again' })).status).toBe(201);
      expect((await create({ name: 'again' }, sibling)).status).toBe(201);
    });

    it('uses the configured address of the API in its URLs, and no Host header', async () => {
      const elsewhere = await aWorld({ PUBLIC_URL: 'https://mcp.example.com' });
      try {
        const registry = await elsewhere.aRegistry(elsewhere.acme, 'tools');
        const answer = await elsewhere.call('POST', `/v0/registries/${registry}/capability-urls`, {
          token: elsewhere.acme.admin,
          body: { name: 'one' },
          headers: { host: 'evil.example', 'x-forwarded-host': 'evil.example' },
        });
        const origins = answer.json<CreatedCapabilityUrl>().urls.map((url) => new URL(url).origin);
        expect(new Set(origins)).toEqual(new Set(['https://mcp.example.com']));
      } finally {
        await elsewhere.close();
      }
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{}, 'name', 'required'],
      [{ name: '' }, 'name', 'min_length'],
      [{ name: 'n'.repeat(121) }, 'name', 'max_length'],
      [{ name: 5 }, 'name', 'is_string'],
      [{ name: 'a\u0000b' }, 'name', 'is_storable_text'],
      [{ name: '\ud800' }, 'name', 'is_storable_text'],
      [{ name: ' \t ' }, 'name', 'matches_regex'],
      [{ name: 'a\nb' }, 'name', 'matches_regex'],
      [{ name: 'x', expires_at: 'tomorrow' }, 'expires_at', 'is_date_time'],
      [{ name: 'x', expires_at: '2999-02-30T00:00:00Z' }, 'expires_at', 'is_date_time'],
      [{ name: 'x', expires_at: '2999-01-01' }, 'expires_at', 'is_date_time'],
      [{ name: 'x', expires_at: 4102444800 }, 'expires_at', 'is_date_time'],
      [{ name: 'x', expires_at: ['2999-01-01T00:00:00Z'] }, 'expires_at', 'is_date_time'],
      [{ name: 'x', expires_at: '2020-01-01T00:00:00Z' }, 'expires_at', 'min'],
      [{ name: 'x', allowed_ips: '192.0.2.1' }, 'allowed_ips', 'is_array'],
      [{ name: 'x', allowed_ips: null }, 'allowed_ips', 'is_array'],
      [{ name: 'x', allowed_ips: { 0: '192.0.2.1' } }, 'allowed_ips', 'is_array'],
      [{ name: 'x', allowed_ips: Array(101).fill('192.0.2.1') }, 'allowed_ips', 'max_items'],
      [{ name: 'x', allowed_ips: ['192.0.2.1', '192.0.2.256'] }, 'allowed_ips.1', 'is_ip_range'],
      [{ name: 'x', allowed_ips: ['192.0.2.0/33'] }, 'allowed_ips.0', 'is_ip_range'],
      [{ name: 'x', allowed_ips: ['::ffff:192.0.2.1'] }, 'allowed_ips.0', 'is_ip_range'],
      [{ name: 'x', allowed_ips: [3221225985] }, 'allowed_ips.0', 'is_ip_range'],
      [{ name: 'x', allowed_ips: [null] }, 'allowed_ips.0', 'is_ip_range'],
      [{ name: 'x', id: MISSING }, 'id', 'unknown_property'],
      [{ name: 'x', registry_id: MISSING }, 'registry_id', 'unknown_property'],
      [{ name: 'x', secret: 'mine' }, 'secret', 'unknown_property'],
    ])('row %# names the field and the rule, and nothing is made', async (body, field, rule) => {
      const answer = await create(body);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body' }),
      );
      expect(await rows()).toEqual([]);
    });

    it('answers 400 without a body', async () => {
      expect((await create(undefined)).status).toBe(400);
    });

    it('answers 409 to one of two who want the same name at once', async () => {
      const answers = await Promise.all([create({ name: 'same' }), create({ name: 'same' })]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
      expect(await rows()).toEqual([{ name: 'same' }]);
    });

    it('answers 403 with the numbers when 1,000 are live, and counts exactly in a crowd', async () => {
      await world.db.query(
        `insert into capability_url (org_id, id, registry_id, name, public_id, hash, expires_at, revoked_at)
         select $1, gen_random_uuid(), $2, 'name ' || n, 'public ' || n, decode(repeat('00', 32), 'hex'),
                case when n > 1190 then now() - interval '1 day' end, case when n between 1001 and 1190 then now() end
         from generate_series(6, 1200) n`,
        [world.acme.id, id],
      );
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => create({ name: `more ${index}` })));
      const refused = answers.filter(({ status }) => status !== 201);
      expect(answers.length - refused.length).toBe(5);
      for (const answer of refused) {
        expect(answer.status).toBe(403);
        expect(answer.json()).toMatchObject({
          type: 'urn:portolan:error:quota_exceeded',
          detail: 'Maximum number of capability URLs of a registry exceeded. Max allowed: 1000. In use: 1000.',
        });
      }
      expect((await create({ name: 'elsewhere' }, sibling)).status).toBe(201);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever registry', async () => {
      for (const registry of [id, foreign, MISSING])
        expect((await create({ name: 'x' }, registry, null)).status).toBe(401);
      expect(await rows()).toEqual([]);
    });

    it('answers 401 to the credential of a browser that is none of ours', async () => {
      expect((await create({ name: 'x' }, id, 'gho_0123456789')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each([
      ['Admin', 201],
      ['Publisher', 403],
      ['Viewer', 403],
    ] as const)('answers %s of the registry %d', async (role, status) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await create({ name: 'x' }, id, token)).status).toBe(status);
    });

    it('answers 404 to who does not know the registry, and writes that down', async () => {
      await world.db.query('delete from audit_log');
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await create({ name: 'x' }, id, token)).status).toBe(404);
      const denied = await world.db.query('select action, result, reason from audit_log');
      expect(denied).toEqual([{ action: 'permission.deny', result: 'denied', reason: 'capability_url:edit' }]);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign registry and a missing one alike, byte for byte', async () => {
      const hidden = await create({ name: 'x' }, foreign);
      const missing = await create({ name: 'x' }, MISSING);
      expect([hidden.status, hidden.masked]).toEqual([404, missing.masked]);
      expect(await rows()).toEqual([]);
    });

    it('opens its own registry where another organization has one of the same name', async () => {
      const { urls } = (await create({ name: 'x' })).json<CreatedCapabilityUrl>();
      const named = new URL(urls[2] ?? '').pathname.replace('/o/acme/', '/o/globex/');
      expect((await world.call('GET', `${named}/v0.1/servers`)).status).toBe(401);
    });
  });
});
