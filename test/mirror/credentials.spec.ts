import { listOf, aSmallUpstream, sends, type SmallUpstream } from '../e2e/mirror/support/small-upstream';
import { storedRows } from '../security/stored-rows';
import { asApplication } from '../support/as-application';
import { loggedDuring } from '../support/logged';
import { MirrorWorld, standings, type Mirrored, type Run } from '../support/mirror-world';
import { until } from '../support/until';
import type { Organization } from '../support/world';

const NOBODY = '00000000-0000-0000-0000-000000000000';
const COPIES = ['source', 'source_crawl', 'source_version'] as const;

describe('An upstream with credentials', () => {
  let mirrors: MirrorWorld;
  let partner: SmallUpstream;
  let acme: Mirrored;
  let globex: Mirrored;
  const secrets = { acme: 'secret-of-acme-4d1f', globex: 'secret-of-globex-9a7c' };

  /** Lists to each credential what is its own, and nothing without one. */
  const byCredential = () => {
    partner.answerWith((request, response) => {
      const [key] = Object.entries(secrets).find(([, value]) => request.headers['x-api-key'] === value) ?? [];
      if (key === undefined) sends({ detail: 'unauthorized' }, 401)(request, response);
      else sends(listOf(`com.partner/for-${key}`, 'com.partner/for-both'))(request, response);
    });
  };
  const mirrored = async (organization: Organization, headers: Readonly<Record<string, string>>) =>
    mirrors.aMirror(organization, {
      registry: await named(organization),
      upstreamId: await mirrors.anUpstream(organization, { url: partner.url, headers }),
    });
  let made = 0;
  const named = async (organization: Organization) => {
    const name = `partner-${(made += 1)}`;
    await mirrors.world.aRegistry(organization, name);
    return name;
  };
  const names = async (mirror: Mirrored) => (await mirrors.shown(mirror)).map(({ server }) => server.name);

  beforeAll(async () => {
    mirrors = await MirrorWorld.open();
    partner = await aSmallUpstream();
    byCredential();
    await mirrors.startWorker();
    acme = await mirrored(mirrors.world.acme, { 'X-Api-Key': secrets.acme });
    globex = await mirrored(mirrors.world.globex, { 'X-Api-Key': secrets.globex });
    for (const mirror of [acme, globex]) expect(await mirrors.run(mirror)).toMatchObject({ state: 'succeeded' });
  });

  afterAll(async () => {
    await mirrors.close();
    await partner.close();
  });

  it('shows each organization what its own credential gives', async () => {
    expect(await names(acme)).toEqual(['com.partner/for-acme', 'com.partner/for-both'].sort());
    expect(await names(globex)).toEqual(['com.partner/for-both', 'com.partner/for-globex']);
  });

  it('is not shown to whoever names the same URL without one, or with a wrong one', async () => {
    const without = await mirrors.aMirror(mirrors.world.globex, {
      upstreamId: await mirrors.anUpstream(mirrors.world.globex, { url: partner.url }),
    });
    const wrong = await mirrored(mirrors.world.globex, { 'X-Api-Key': 'guessed' });
    for (const mirror of [without, wrong]) {
      const run = await mirrors.run(mirror);
      expect(run).toMatchObject({ state: 'failed', upstream_status: 401, error: { code: 'credentials_refused' } });
      expect(await names(mirror)).toEqual([]);
    }
  });

  it('has copies that row security hides from everybody else', async () => {
    const { db } = mirrors.world;
    for (const table of COPIES) {
      const owners = `select distinct org_id::text as org_id from ${table}`;
      const inAll = (await db.query<{ org_id: string }>(owners)).map(({ org_id: id }) => id);
      expect(inAll).toEqual(expect.arrayContaining([acme.organization.id, globex.organization.id]));
      for (const { organization } of [acme, globex]) {
        const seen = await asApplication<{ org_id: string }>(db, organization.id, owners);
        const others = seen.map(({ org_id: id }) => id).filter((id) => id !== NOBODY);
        expect(others).toEqual([organization.id]);
      }
      expect((await asApplication<{ org_id: string }>(db, null, owners)).every((row) => row.org_id === NOBODY)).toBe(
        true,
      );
    }
  });

  it('has copies that nobody else can write, and neither can an organization those that are shared', async () => {
    const { db } = mirrors.world;
    const renamed = `update source set url = 'https://other.example.com' where org_id <> $1 returning id`;
    expect(await asApplication(db, globex.organization.id, renamed, [globex.organization.id])).toEqual([]);
    await expect(
      asApplication(
        db,
        globex.organization.id,
        `insert into source (org_id, id, url, verify_tls) values ($1, gen_random_uuid(), 'https://x.example.com', true)`,
        [NOBODY],
      ),
    ).rejects.toThrow(/row-level security/);
  });

  it('keeps them to itself: no answer, audit row, log or stored row has one', async () => {
    const { world } = mirrors;
    // Some servers tell in an answer what they were asked.
    const echoes = (status: number) => {
      partner.answerWith((request, response) => {
        sends({ detail: request.headers }, status)(request, response);
      });
    };
    const logged = await loggedDuring(async () => {
      echoes(401);
      expect(await mirrors.run(acme, { mode: 'full' })).toMatchObject({ error: { code: 'credentials_refused' } });
      echoes(503);
      const asked = await mirrors.ask(acme, { mode: 'full' });
      await until('the upstream has failed', async () => {
        const { state, error } = await mirrors.get(acme, asked);
        return state === 'waiting' && error?.code === 'server_error';
      });
      await mirrors.decide(acme, asked, 'cancel');
      expect(await mirrors.ended(acme, asked)).toMatchObject({ state: 'cancelled' });
    });
    byCredential();
    const { admin } = acme.organization;
    const upstream = `/v0/upstreams/${acme.upstreamId}`;
    const texts = [logged];
    const paths = ['/v0/upstreams', upstream, acme.path, `${acme.path}/runs`, '/v0/audit-logs?page[size]=1000'];
    for (const path of paths) texts.push((await world.call('GET', path, { token: admin })).text);
    texts.push((await world.call('POST', `${upstream}/test`, { token: admin, body: {} })).text);
    const rows = await storedRows(world.db, [acme.organization.id, globex.organization.id, NOBODY]);
    texts.push(JSON.stringify(rows));
    expect(texts.join('')).toContain('x-api-key');
    for (const secret of Object.values(secrets)) expect(texts.join('')).not.toContain(secret);
  });

  it('follows no redirect, and so takes them to no other host', async () => {
    const other = await aSmallUpstream();
    partner.answerWith(sends('', 302, { Location: `${other.url}/v0.1/servers` }));
    const run = await mirrors.run(globex);
    expect(run).toMatchObject({ state: 'failed', error: { code: 'redirected' } });
    expect(other.requests).toEqual([]);
    byCredential();
    await other.close();
  });

  it('is read anew with another credential, which decides what is there', async () => {
    const { admin } = acme.organization;
    const change = { headers: { 'X-Api-Key': secrets.globex } };
    const path = `/v0/upstreams/${acme.upstreamId}`;
    expect((await mirrors.world.call('PATCH', path, { token: admin, body: change })).status).toBe(200);
    // Nobody has to ask for it.
    const runs = `${acme.path}/runs?filter[state]=held`;
    let held: Run | undefined;
    await until('what the credential reads is judged', async () => {
      [held] = (await mirrors.world.call('GET', runs, { token: admin })).json<{ data: Run[] }>().data;
      return held !== undefined;
    });
    expect(held?.reasons.map(({ guard }) => guard)).toEqual(['removed_percent']);
    await mirrors.decide(acme, held?.id ?? '', 'release');
    await until('it is applied', async () => (await mirrors.get(acme, held?.id ?? '')).state === 'succeeded');
    expect(standings(await mirrors.shown(acme))).toEqual([
      'com.partner/for-acme@1.0.0 deleted latest',
      'com.partner/for-both@1.0.0 active latest',
      'com.partner/for-globex@1.0.0 active latest',
    ]);
  });
});
