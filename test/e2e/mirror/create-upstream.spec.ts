import { aWorld, type World } from '../../support/world';
import { problems, refusal, trailOf } from '../access/support/identity';
import { TIME, UUID } from './support/mirrors';
import {
  anUpstreamsAccount,
  clearUpstreams,
  SECRET,
  storedUpstream,
  UPSTREAMS,
  upstreamBody,
  type Upstream,
} from './support/upstreams';

const HEADERS = { Authorization: `Bearer ${SECRET}`, 'X-Tenant': 'acme' };

describe('create-upstream: POST /v0/upstreams', () => {
  let world: World;

  const create = (overrides: Readonly<Record<string, unknown>> = {}, token = world.acme.admin) =>
    world.call('POST', UPSTREAMS, { token, body: upstreamBody(overrides) });
  const stored = () => world.db.query('select 1 from upstream where not built_in');

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(() => clearUpstreams(world));

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the whole upstream, and defaults for what was left out', async () => {
      const answer = await create();
      expect([answer.status, answer.json()]).toEqual([
        201,
        {
          id: UUID,
          name: 'partner',
          display_name: 'partner',
          url: 'https://registry.example.com',
          header_names: [],
          verify_tls: true,
          enabled: true,
          built_in: false,
          created_at: TIME,
          updated_at: TIME,
        },
      ]);
    });

    it('keeps every field, and of headers their names', async () => {
      const body = { display_name: 'Für uns 🗺', url: 'http://127.0.0.1:8080/r', verify_tls: false, enabled: false };
      const answer = await create({ ...body, headers: HEADERS });
      expect(answer.json()).toMatchObject({ ...body, header_names: ['authorization', 'x-tenant'] });
    });

    it.each([
      ['https://registry.example.com/', ''],
      ['HTTPS://Registry.Example.COM:443/v0.1/servers', ''],
      ['https://registry.example.com/v0.1/servers/', ''],
      ['https://registry.example.com/v0.1/', ''],
      ['https://registry.example.com/v0/servers', ''],
      ['https://registry.example.com/v0', ''],
      [' https://registry.example.com// ', ''],
      ['https://registry.example.com/o/acme/registries/tools/', '/o/acme/registries/tools'],
      ['https://registry.example.com/v0/registries/tools/v0.1/servers', '/v0/registries/tools'],
      ['https://registry.example.com/a//v0.1//', '/a'],
      ['https://registry.example.com/a/../b/%7Ec', '/b/%7Ec'],
      ['https://registry.example.com/v0.1.1', '/v0.1.1'],
      ['https://registry.example.com/servers', '/servers'],
    ])('takes a URL as people paste it: %s', async (url, path) => {
      expect((await create({ url })).json()).toMatchObject({ url: `https://registry.example.com${path}` });
    });

    it('shares the copy with everybody who names the URL and no headers', async () => {
      const made = [
        await create(),
        await create({ name: 'again', url: 'https://registry.example.com/v0.1/' }),
        await create({}, world.globex.admin),
        await create({ name: 'without', headers: {} }),
        await create({ name: 'null', headers: null }),
      ].map((answer) => answer.json<Upstream>().id);
      const copies = await Promise.all(made.map((id) => storedUpstream(world, id)));
      expect(new Set(copies.map((copy) => copy.source_id)).size).toBe(1);
      expect(copies[0]).toMatchObject({ owner_id: null, url: 'https://registry.example.com', verify_tls: true });
      const lax = (await create({ name: 'lax', verify_tls: false })).json<Upstream>();
      expect(await storedUpstream(world, lax.id)).toMatchObject({ owner_id: null, verify_tls: false });
    });

    it('keeps the copy of one with headers to itself', async () => {
      const one = (await create({ headers: HEADERS })).json<Upstream>();
      const same = (await create({ name: 'same', headers: HEADERS })).json<Upstream>();
      const copies = await Promise.all([one, same].map(({ id }) => storedUpstream(world, id)));
      expect(copies.map((copy) => [copy.owner_id, copy.own_sources])).toEqual([
        [one.id, 1],
        [same.id, 1],
      ]);
      const [row] = await world.db.query<{ org_id: string }>('select org_id from source where upstream_id = $1', [
        one.id,
      ]);
      expect(row?.org_id).toBe(world.acme.id);
    });

    it('seals the headers, and tells their values to nobody', async () => {
      const trail = await trailOf(world, world.acme, () => create({ headers: HEADERS }));
      const { id } = (await create({ name: 'other', headers: HEADERS })).json<Upstream>();
      const row = await storedUpstream(world, id);
      const told = await Promise.all(
        [UPSTREAMS, `${UPSTREAMS}/${id}`, '/v0/audit-logs'].map(
          async (path) => (await world.call('GET', path, { token: world.acme.admin })).text,
        ),
      );
      expect(row.headers_sealed).toMatch(/^v1\./);
      expect(JSON.stringify([row, trail, told])).not.toContain(SECRET);
      expect(told[1]).toContain('"header_names":["authorization","x-tenant"]');
    });

    it('takes 20 headers, and values of 4,000 characters', async () => {
      const headers = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`X-${index}`, 'x'.repeat(4_000)]));
      expect((await create({ headers })).json<Upstream>().header_names).toHaveLength(20);
    });

    it('writes one audit row with the upstream', async () => {
      const trail = await trailOf(world, world.acme, () => create({ headers: HEADERS }));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'upstream.create',
          target_name: 'partner',
          before: null,
          after: expect.objectContaining({
            url: 'https://registry.example.com',
            header_names: ['authorization', 'x-tenant'],
          }) as object,
        }),
      ]);
    });

    it('makes 100 and no more, also of many at the same time', async () => {
      await world.db.query(
        `insert into upstream (org_id, id, name, display_name, url, source_id)
         select $1, gen_random_uuid(), 'u' || i, 'u', 'https://u.example.com', gen_random_uuid()
         from generate_series(1, 97) i`,
        [world.acme.id],
      );
      const answers = await Promise.all(Array.from({ length: 6 }, (_, index) => create({ name: `more-${index}` })));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(3);
      expect(refusal(await create())).toEqual([403, 'quota_exceeded']);
      expect((await create({}, world.globex.admin)).status).toBe(201);
    });
  });

  describe('rejects bad input', () => {
    const tooMany = Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`X-${index}`, 'x']));

    it.each([
      [{ name: undefined }, 'name', 'required'],
      [{ name: 'Partner' }, 'name', 'matches_regex'],
      [{ name: 'a'.repeat(121) }, 'name', 'max_length'],
      [{ name: '' }, 'name', 'min_length'],
      [{ display_name: '' }, 'display_name', 'min_length'],
      [{ display_name: 'n'.repeat(121) }, 'display_name', 'max_length'],
      [{ display_name: 'a\u0000' }, 'display_name', 'is_storable_text'],
      [{ display_name: null }, 'display_name', 'is_string'],
      [{ url: undefined }, 'url', 'required'],
      [{ url: 5 }, 'url', 'is_string'],
      [{ url: '' }, 'url', 'is_url'],
      [{ url: 'registry.example.com' }, 'url', 'is_url'],
      [{ url: 'ftp://registry.example.com' }, 'url', 'is_url'],
      [{ url: 'https://' }, 'url', 'is_url'],
      [{ url: 'https://registry.example.com:99999/' }, 'url', 'is_url'],
      [{ url: 'https://registry.example.com/a b' }, 'url', 'is_url'],
      [{ url: 'https://registry.example.com/\u0000' }, 'url', 'is_url'],
      [{ url: 'https://registry.example.com\\@evil.example.com/' }, 'url', 'is_url'],
      [{ url: 'https://user@registry.example.com/' }, 'url', 'is_url'],
      [{ url: `https://user:${SECRET}@registry.example.com/` }, 'url', 'is_url'],
      [{ url: 'https://registry.example.com/?limit=1' }, 'url', 'is_url'],
      [{ url: 'https://registry.example.com/#servers' }, 'url', 'is_url'],
      [{ url: `https://registry.example.com/${'x'.repeat(2_000)}` }, 'url', 'max_length'],
      [{ headers: 'authorization' }, 'headers', 'is_object'],
      [{ headers: [SECRET] }, 'headers', 'is_object'],
      [{ headers: tooMany }, 'headers', 'is_header_map'],
      [{ headers: { '': 'x' } }, 'headers', 'is_header_map'],
      [{ headers: { 'X Y': 'x' } }, 'headers', 'is_header_map'],
      [{ headers: { 'X:Y': 'x' } }, 'headers', 'is_header_map'],
      [{ headers: { Überschrift: 'x' } }, 'headers', 'is_header_map'],
      [{ headers: { ['x'.repeat(101)]: 'x' } }, 'headers', 'is_header_map'],
      [{ headers: { 'X-One': SECRET, 'x-one': SECRET } }, 'headers', 'is_header_map'],
      [{ headers: { authorization: '' } }, 'headers', 'is_header_map'],
      [{ headers: { authorization: 5 } }, 'headers', 'is_header_map'],
      [{ headers: { authorization: null } }, 'headers', 'is_header_map'],
      [{ headers: { authorization: ` ${SECRET}` } }, 'headers', 'is_header_map'],
      [{ headers: { authorization: `${SECRET}\r\nX-Other: 1` } }, 'headers', 'is_header_map'],
      [{ headers: { authorization: `${SECRET}ü` } }, 'headers', 'is_header_map'],
      [{ headers: { authorization: `${SECRET}${'x'.repeat(4_000)}` } }, 'headers', 'is_header_map'],
      [{ verify_tls: 'no' }, 'verify_tls', 'is_boolean'],
      [{ verify_tls: null }, 'verify_tls', 'is_boolean'],
      [{ enabled: 1 }, 'enabled', 'is_boolean'],
      [{ built_in: true }, 'built_in', 'unknown_property'],
      [{ header_names: ['x'] }, 'header_names', 'unknown_property'],
    ])('row %# names the field and the rule, and nothing is made', async (overrides, field, rule) => {
      const answer = await create(overrides);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(answer.text).not.toContain(SECRET);
      expect(await stored()).toEqual([]);
    });

    it.each([
      'Host',
      'connection',
      'Content-Length',
      'TRANSFER-ENCODING',
      'te',
      'trailer',
      'Upgrade',
      'Keep-Alive',
      'Expect',
      'Accept-Encoding',
      'Proxy-Authorization',
      'proxy-connection',
    ])('takes no header that is the connection’s own: %s', async (name) => {
      const answer = await create({ headers: { [name]: 'x' } });
      expect(problems(answer)).toEqual([
        expect.objectContaining({ field: 'headers', reason: expect.stringContaining(name) as string }),
      ]);
    });

    it.each([
      'http://169.254.169.254',
      'https://169.254.169.254',
      'http://[::ffff:a9fe:a9fe]/v0.1/servers',
      'http://10.0.0.1/',
    ])('takes no URL that may not be reached: %s', async (url) => {
      expect(refusal(await create({ url }))).toEqual([422, 'forbidden_address']);
      expect(await stored()).toEqual([]);
    });

    it.each(['http://localhost:8080', 'https://registry.example.com:22', 'http://registry.example.com'])(
      'takes nothing but https to public hosts where the operator allows no more: %s',
      async (url) => {
        const strict = await aWorld({ EGRESS_ALLOW: '' });
        const answer = await strict.call('POST', UPSTREAMS, { token: strict.acme.admin, body: upstreamBody({ url }) });
        expect(refusal(answer)).toEqual([422, 'forbidden_address']);
        await strict.close();
      },
    );

    it('stores no headers where the operator has set no key', async () => {
      const keyless = await aWorld({ SECRETS_KEY: '' });
      const make = (overrides: Record<string, unknown>) =>
        keyless.call('POST', UPSTREAMS, { token: keyless.acme.admin, body: upstreamBody(overrides) });
      expect(refusal(await make({ headers: HEADERS }))).toEqual([503, 'encryption_not_configured']);
      expect((await make({})).status).toBe(201);
      await keyless.close();
    });

    it('takes a name once in an organization, that of the built-in one too', async () => {
      await create();
      expect(refusal(await create())).toEqual([409, 'upstream_name_taken']);
      expect(refusal(await create({ name: 'official' }))).toEqual([409, 'upstream_name_taken']);
      expect(await world.db.query('select 1 from source where upstream_id is not null')).toEqual([]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await world.call('POST', UPSTREAMS, { body: upstreamBody() })).status).toBe(401);
      expect(await stored()).toEqual([]);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only see upstreams', async () => {
      expect((await create({}, await anUpstreamsAccount(world, world.acme, 'Viewer'))).status).toBe(403);
      expect(await stored()).toEqual([]);
      expect((await create({}, await anUpstreamsAccount(world, world.acme, 'Admin'))).status).toBe(201);
    });
  });

  describe('hides other organizations', () => {
    it('takes the name of a foreign upstream, and is seen by nobody there', async () => {
      await create({}, world.globex.admin);
      const { id } = (await create()).json<Upstream>();
      expect((await world.call('GET', `${UPSTREAMS}/${id}`, { token: world.globex.admin })).status).toBe(404);
    });
  });
});
