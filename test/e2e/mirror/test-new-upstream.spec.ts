import { aWorld, type World } from '../../support/world';
import { problems, trailOf } from '../access/support/identity';
import { aSmallUpstream, listOf, sends, serves, versionOf, type SmallUpstream } from './support/small-upstream';
import { anUpstreamsAccount, SECRET, UPSTREAMS, upstreamBody, type Report } from './support/upstreams';

describe('test-new-upstream: POST /v0/upstreams/test', () => {
  let world: World;
  let small: SmallUpstream;

  const ask = (overrides: Readonly<Record<string, unknown>> = {}, token = world.acme.admin) =>
    world.call('POST', `${UPSTREAMS}/test`, { token, body: upstreamBody({ url: small.url, ...overrides }) });
  const stored = () =>
    world.db.query(`select 1 from upstream where not built_in union all select 1 from source where url like 'http:%'`);

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_EXPORT: '1000/1000' });
    small = await aSmallUpstream();
  });

  beforeEach(() => {
    small.answerWith(
      serves({
        '/base/v0.1/servers?': sends(listOf('com.example/one')),
        '/base/v0.1/servers/com.example%2Fone/': sends(versionOf('com.example/one')),
      }),
    );
  });

  afterAll(async () => {
    await small.close();
    await world.close();
  });

  describe('works', () => {
    it('tells how each question went, and stores nothing', async () => {
      const answer = await ask({ url: `${small.url}/base/v0.1/servers/`, headers: { 'X-Key': SECRET } });
      expect([answer.status, answer.json<Report>().ok]).toEqual([200, true]);
      expect(answer.json<Report>().checks).toHaveLength(10);
      expect(small.requests.map(({ headers }) => headers['x-key'])).toEqual(small.requests.map(() => SECRET));
      expect(await stored()).toEqual([]);
      expect(answer.text).not.toContain(SECRET);
    });

    it('says what is wrong, also with an address that could not be stored', async () => {
      const wrong = (await ask()).json<Report>();
      expect([wrong.ok, wrong.checks.find(({ name }) => name === 'api_version')?.status]).toEqual([false, 'failed']);
      const forbidden = (await ask({ url: 'http://169.254.169.254' })).json<Report>();
      expect([forbidden.ok, forbidden.checks[0]]).toEqual([
        false,
        expect.objectContaining({ name: 'address_allowed', status: 'failed' }),
      ]);
    });

    it('needs no key of the operator: nothing is sealed', async () => {
      const keyless = await aWorld({ SECRETS_KEY: '' });
      const body = upstreamBody({ url: `${small.url}/base`, headers: { 'X-Key': SECRET } });
      const answer = await keyless.call('POST', `${UPSTREAMS}/test`, { token: keyless.acme.admin, body });
      expect([answer.status, answer.json<Report>().ok]).toEqual([200, true]);
      await keyless.close();
    });

    it('takes the name of an upstream that is there', async () => {
      expect((await ask({ name: 'official' })).status).toBe(200);
    });

    it('writes one audit row that tells what was asked, without a secret', async () => {
      const trail = await trailOf(world, world.acme, () => ask({ headers: { 'X-Key': SECRET }, verify_tls: false }));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'upstream.test',
          result: 'failure',
          target_id: null,
          target_name: 'partner',
          after: { url: small.url, verify_tls: false, header_names: ['x-key'], failed_checks: ['api_version'] },
        }),
      ]);
      expect(JSON.stringify(trail)).not.toContain(SECRET);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ name: undefined }, 'name', 'required'],
      [{ url: undefined }, 'url', 'required'],
      [{ url: 'registry.example.com' }, 'url', 'is_url'],
      [{ url: `https://user:${SECRET}@registry.example.com` }, 'url', 'is_url'],
      [{ headers: { authorization: `${SECRET}\n` } }, 'headers', 'is_header_map'],
      [{ headers: { Host: 'x' } }, 'headers', 'is_header_map'],
      [{ verify_tls: 0 }, 'verify_tls', 'is_boolean'],
      [{ id: 'x' }, 'id', 'unknown_property'],
    ])('row %# names the field and the rule, and asks nothing', async (overrides, field, rule) => {
      const answer = await ask(overrides);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect([small.requests, answer.text.includes(SECRET)]).toEqual([[], false]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, and asks nothing', async () => {
      const body = upstreamBody({ url: small.url });
      expect((await world.call('POST', `${UPSTREAMS}/test`, { body })).status).toBe(401);
      expect(small.requests).toEqual([]);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only see upstreams, and asks nothing', async () => {
      expect((await ask({}, await anUpstreamsAccount(world, world.acme, 'Viewer'))).status).toBe(403);
      expect(small.requests).toEqual([]);
      expect((await ask({}, await anUpstreamsAccount(world, world.acme, 'Admin'))).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('is written down in the caller’s trail and in no other one', async () => {
      const trail = await trailOf(world, world.globex, () => ask());
      expect(trail).toEqual([]);
    });
  });
});
