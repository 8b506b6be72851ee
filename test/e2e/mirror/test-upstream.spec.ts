import { anUpstream as aRegistryElsewhere, type Upstream as RegistryElsewhere } from '../../support/upstream';
import { until } from '../../support/until';
import { aWorld, type World } from '../../support/world';
import { MISSING, NO_IDS, trailOf } from '../access/support/identity';
import { aSmallUpstream, listOf, sends, serves, versionOf, type SmallUpstream } from './support/small-upstream';
import {
  anUpstream,
  anUpstreamsAccount,
  clearUpstreams,
  SECRET,
  UPSTREAMS,
  type Report,
  type Upstream,
} from './support/upstreams';

const NAMES = [
  'address_allowed',
  'name_resolved',
  'tls',
  'reachable',
  'api_version',
  'list_format',
  'paging',
  'updated_since',
  'version_read',
  'latency',
];

describe('test-upstream: POST /v0/upstreams/{upstreamId}/test', () => {
  let world: World;
  let elsewhere: RegistryElsewhere;
  let small: SmallUpstream;
  let secure: SmallUpstream;
  let upstream: Upstream;
  let foreign: Upstream;

  const ask = (id = upstream.id, token = world.acme.admin) => world.call('POST', `${UPSTREAMS}/${id}/test`, { token });
  const reportOf = async (id = upstream.id) => {
    const answer = await ask(id);
    expect(answer.status).toBe(200);
    return answer.json<Report>();
  };
  /** The report of another upstream. */
  const reportOn = async (overrides: Readonly<Record<string, unknown>>) =>
    reportOf((await anUpstream(world, world.acme, { name: 'other', ...overrides })).id);
  const statuses = ({ checks }: Report) => Object.fromEntries(checks.map(({ name, status }) => [name, status]));
  const failed = ({ checks }: Report) => checks.filter(({ status }) => status === 'failed').map(({ name }) => name);

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_EXPORT: '1000/1000', EGRESS_ALLOW: '127.0.0.0/8' });
    elsewhere = await aRegistryElsewhere();
    await elsewhere.generate({ versions: 30 });
    small = await aSmallUpstream();
    secure = await aSmallUpstream({ tls: true });
  });

  beforeEach(async () => {
    await clearUpstreams(world);
    await elsewhere.clear();
    upstream = await anUpstream(world, world.acme, { url: elsewhere.url, enabled: false });
    foreign = await anUpstream(world, world.globex, { url: elsewhere.url });
  });

  afterAll(async () => {
    await Promise.all([elsewhere.close(), small.close(), secure.close()]);
    await world.close();
  });

  describe('works', () => {
    it('tells of one that can be mirrored, enabled or not, how each question went', async () => {
      const report = await reportOf();
      expect(report.checks.map(({ name }) => name)).toEqual(NAMES);
      expect(statuses(report)).toEqual({
        address_allowed: 'passed',
        name_resolved: 'skipped',
        tls: 'skipped',
        reachable: 'passed',
        api_version: 'passed',
        list_format: 'passed',
        paging: 'passed',
        updated_since: 'passed',
        version_read: 'passed',
        latency: 'passed',
      });
      expect(report.ok).toBe(true);
      expect(report.checks.map(({ advice }) => advice)).toEqual(NAMES.map(() => null));
    });

    it('sends the headers with each request, and shows their values to nobody', async () => {
      await elsewhere.credentials('authorization', `Bearer ${SECRET}`);
      const headers = { Authorization: `Bearer ${SECRET}` };
      const { id } = await anUpstream(world, world.acme, { name: 'closed', url: elsewhere.url, headers });
      const trail = await trailOf(world, world.acme, async () => {
        const answer = await ask(id);
        expect([answer.json<Report>().ok, answer.text.includes(SECRET)]).toEqual([true, false]);
      });
      expect(JSON.stringify(trail)).not.toContain(SECRET);
      expect((await reportOf()).ok).toBe(false);
    });

    it.each([
      ['login_redirect', {}, 'api_version'],
      ['login_page', {}, 'list_format'],
      ['not_json', {}, 'list_format'],
      ['truncated_json', {}, 'list_format'],
      ['big_page', {}, 'list_format'],
      ['gzip_bomb', {}, 'list_format'],
      ['reset', {}, 'reachable'],
      ['status', { code: 500 }, 'api_version'],
      ['status', { code: 429 }, 'api_version'],
      ['status', { code: 404 }, 'api_version'],
    ] as const)('finds %s %j in %s, says what to do, and asks no further', async (fault, options, name) => {
      await elsewhere.fault(fault, options);
      const report = await reportOf();
      expect([report.ok, failed(report)]).toEqual([false, [name]]);
      const found = report.checks.find((check) => check.name === name);
      expect([found?.seen, found?.advice]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
      for (const later of ['paging', 'updated_since', 'version_read']) expect(statuses(report)[later]).toBe('skipped');
      expect(JSON.stringify(report)).not.toMatch(/nginx|Sign in|doctype/);
    });

    it.each([
      ['repeated_cursor', {}],
      ['cursor_refused', { afterPages: 0 }],
      ['status', { code: 503, from_page: 2 }],
    ] as const)('finds a second page that is none: %s', async (fault, options) => {
      await elsewhere.fault(fault, options);
      const report = await reportOf();
      expect([report.ok, failed(report)]).toEqual([false, ['paging']]);
    });

    it('takes v0 where there is no v0.1, and a list that tells no times as one that is read whole', async () => {
      small.answerWith(
        serves({
          '/v0/servers?': sends(listOf('com.example/one')),
          '/v0/servers/com.example%2Fone/versions/1.0.0': sends(versionOf('com.example/one')),
        }),
      );
      const report = await reportOn({ url: small.url });
      expect(report.checks.find(({ name }) => name === 'api_version')).toMatchObject({ status: 'passed', seen: 'v0' });
      expect([report.ok, failed(report), statuses(report)['paging']]).toEqual([true, ['updated_since'], 'skipped']);
    });

    it('finds a version that is another one than was asked for, which no mirror needs', async () => {
      small.answerWith(
        serves({
          '/v0.1/servers?': sends(listOf('com.example/one')),
          '/v0.1/servers/': sends(versionOf('com.example/two')),
        }),
      );
      const report = await reportOn({ url: small.url });
      expect([report.ok, failed(report)]).toEqual([true, ['updated_since', 'version_read']]);
    });

    it('finds a list in which nothing can be read', async () => {
      small.answerWith(sends({ servers: [{ name: 'flat' }, 5, null, { server: { name: SECRET } }] }));
      const report = await reportOn({ url: small.url });
      expect([report.ok, failed(report)]).toEqual([false, ['list_format']]);
      expect(JSON.stringify(report)).not.toContain(SECRET);
    });

    it('takes an empty list for one', async () => {
      small.answerWith(sends({ servers: null, metadata: { count: 0 } }));
      const report = await reportOn({ url: small.url });
      expect([report.ok, failed(report), statuses(report)['version_read']]).toEqual([true, [], 'skipped']);
    });

    it('finds a certificate that cannot be trusted, unless nobody looks at it', async () => {
      secure.answerWith(sends(listOf()));
      const strict = await reportOn({ url: secure.url });
      expect([strict.ok, failed(strict), statuses(strict)['reachable']]).toEqual([false, ['tls'], 'skipped']);
      expect(secure.requests).toEqual([]);
      const lax = await reportOn({ name: 'lax', url: secure.url, verify_tls: false });
      expect([lax.ok, statuses(lax)['tls']]).toEqual([true, 'passed']);
    });

    it('finds a name that nobody knows', async () => {
      const report = await reportOn({ url: 'https://registry.invalid' });
      expect([report.ok, failed(report)]).toEqual([false, ['name_resolved']]);
      expect(statuses(report)).toMatchObject({ address_allowed: 'passed', tls: 'skipped', latency: 'skipped' });
    });

    it('finds a port where nobody listens', async () => {
      const gone = await aSmallUpstream();
      await gone.close();
      const report = await reportOn({ url: gone.url });
      expect([report.ok, failed(report), statuses(report)['api_version']]).toEqual([false, ['reachable'], 'skipped']);
    });

    it('finds an address that may not be reached any more, and sends nothing there', async () => {
      small.answerWith(sends(listOf()));
      await world.db.query(`update upstream set url = $1 where id = $2`, ['http://10.1.2.3:8080', upstream.id]);
      const report = await reportOf();
      expect([report.ok, failed(report)]).toEqual([false, ['address_allowed']]);
      expect(JSON.stringify(report)).not.toContain('10.1.2.3');
      expect(report.checks.filter(({ status }) => status === 'skipped')).toHaveLength(NAMES.length - 1);
    });

    it('finds headers that no key opens any more, and asks nothing', async () => {
      small.answerWith(sends(listOf()));
      const { id } = await anUpstream(world, world.acme, { name: 'other', url: small.url, headers: { 'X-Key': 'x' } });
      await world.db.query(`update upstream set headers_sealed = 'v1.' || repeat('A', 60) where id = $1`, [id]);
      const report = await reportOf(id);
      expect([report.ok, failed(report), small.requests]).toEqual([false, ['reachable'], []]);
    });

    it('is for two at a time in an organization: a third one is answered with 429 and asks nothing', async () => {
      await elsewhere.fault('pause_at_page', { page: 1 });
      const first = [ask(), ask()];
      await until('both are under way', async () => (await elsewhere.held()) === 2);
      const third = await ask();
      expect([third.status, Number(third.headers['retry-after']) > 0]).toEqual([429, true]);
      expect(await elsewhere.held()).toBe(2);
      await elsewhere.fault(null);
      await elsewhere.resume();
      for (const answer of await Promise.all(first)) expect(answer.json()).toMatchObject({ ok: true });
      expect((await ask()).status).toBe(200);
    });

    it('leaves the copy of the upstream as it is', async () => {
      await ask();
      expect(await world.db.query('select 1 from source_crawl')).toEqual([]);
    });

    it('writes one audit row, whatever became of it', async () => {
      const good = await trailOf(world, world.acme, () => ask());
      await elsewhere.fault('status', { code: 500 });
      const bad = await trailOf(world, world.acme, () => ask());
      const asked = { url: elsewhere.url, verify_tls: true, header_names: [] };
      expect([...good, ...bad]).toEqual(
        [
          { result: 'success', after: { ...asked, failed_checks: [] } },
          { result: 'failure', after: { ...asked, failed_checks: ['api_version'] } },
        ].map(
          (row) =>
            expect.objectContaining({
              action: 'upstream.test',
              target_id: upstream.id,
              target_name: 'partner',
              ...row,
            }) as object,
        ),
      );
    });
  });

  describe('rejects bad input', () => {
    it.each(NO_IDS)('answers 404 for %s, which is no id', async (id) => {
      expect((await ask(id)).status).toBe(404);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401, be it there or not', async () => {
      for (const id of [upstream.id, MISSING])
        expect((await world.call('POST', `${UPSTREAMS}/${id}/test`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only see upstreams', async () => {
      expect((await ask(upstream.id, await anUpstreamsAccount(world, world.acme, 'Viewer'))).status).toBe(403);
      expect(await elsewhere.requests()).toEqual([]);
      expect((await ask(upstream.id, await anUpstreamsAccount(world, world.acme, 'Admin'))).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign one, a missing one and what is no id, alike, and asks nothing', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'partner'].map((id) => ask(id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
      expect(await elsewhere.requests()).toEqual([]);
    });
  });
});
