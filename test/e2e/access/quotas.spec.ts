import { aServer, aWorld, type Organization, type World } from '../../support/world';
import type { Answer } from '../../support/http';

const RACERS = 50;
const QUOTA = 10;

/** Quotas are counts that nobody may pass, however many try at once. */
describe('The quotas of an organization', () => {
  let world: World;

  const race = (run: (index: number) => Promise<Answer>): Promise<Answer[]> =>
    Promise.all(Array.from({ length: RACERS }, (_, index) => run(index)));
  const setQuotas = (organization: Organization, quotas: Record<string, number>) =>
    world.db.query(`update organization set quotas = $2::jsonb where id = $1`, [
      organization.id,
      JSON.stringify(quotas),
    ]);
  const count = async (table: string, organization: Organization): Promise<number> =>
    (await world.db.query(`select from ${table} where org_id = $1`, [organization.id])).length;
  const post = (path: string, body: unknown, organization = world.acme) =>
    world.call('POST', path, { token: organization.admin, body });

  /** As many of the answers as fit are good, the others say what is full. */
  const expectFilled = (answers: readonly Answer[], good: number, kind: string, accepted: number, maximum = QUOTA) => {
    expect(answers.filter(({ status }) => status === good)).toHaveLength(accepted);
    const refused = answers.filter(({ status }) => status !== good);
    expect(refused).toHaveLength(answers.length - accepted);
    for (const answer of refused)
      expect([answer.status, answer.json().title, answer.json().detail]).toEqual([
        403,
        'Quota Exceeded',
        `Maximum number of ${kind} exceeded. Max allowed: ${maximum}. In use: ${maximum}.`,
      ]);
  };

  beforeAll(async () => {
    world = await aWorld({ QUOTA_REGISTRIES: '5', QUOTA_VERSIONS: '3' });
  });

  afterEach(async () => {
    for (const organization of [world.acme, world.globex]) await setQuotas(organization, {});
    await world.db.query('delete from registry');
  });

  afterAll(() => world.close());

  it('hold while 50 registries are created at once', async () => {
    await setQuotas(world.acme, { registries: QUOTA });
    const answers = await race((index) => post('/v0/registries', { name: `registry-${index}` }));
    expectFilled(answers, 201, 'registries', QUOTA);
    expect(await count('registry', world.acme)).toBe(QUOTA);
    expect(answers.find(({ status }) => status === 403)?.json().type).toBe('urn:portolan:error:quota_exceeded');
  });

  it('hold while 50 teams are created at once; predefined teams do not count', async () => {
    await setQuotas(world.acme, { teams: QUOTA });
    const predefined = await count('team', world.acme);
    const answers = await race((index) => post('/v0/teams', { name: `Team ${index}` }));
    expectFilled(answers, 201, 'teams', QUOTA);
    expect(await count('team', world.acme)).toBe(predefined + QUOTA);
  });

  it('hold while 50 tokens are created at once by several users; only live ones count', async () => {
    const users = await Promise.all(Array.from({ length: 5 }, () => world.aUser(world.acme)));
    await world.aUser(world.acme, { revoked: true });
    await world.aUser(world.acme, { expired: true });
    const before = (await count('access_token', world.acme)) - 2;
    await setQuotas(world.acme, { tokens: QUOTA + before });
    const create = (index: number) =>
      world.call('POST', '/v0/users/me/access-tokens', {
        token: users[index % users.length] ?? '',
        body: { name: `token ${index}` },
      });
    const answers = await race(create);
    expectFilled(answers, 201, 'tokens', QUOTA, QUOTA + before);
    const index = answers.findIndex(({ status }) => status === 201);
    const path = `/v0/users/me/access-tokens/${answers[index]?.json<{ id: string }>().id ?? ''}/revoke`;
    await world.call('PATCH', path, { token: users[index % users.length] ?? '' });
    expect((await create(RACERS)).status).toBe(201);
    expect((await create(RACERS + 1)).status).toBe(403);
  });

  it('hold while 50 versions of different servers are published at once, and nothing stays of those refused', async () => {
    await setQuotas(world.acme, { versions: QUOTA });
    const id = await world.aRegistry(world.acme, 'tools');
    await world.db.query('delete from audit_log');
    const answers = await race((index) =>
      post('/registries/tools/v0.1/publish', aServer({ name: `com.example/server-${index}`, description: `${index}` })),
    );
    expectFilled(answers, 200, 'versions', QUOTA);
    expect(await count('server_version', world.acme)).toBe(QUOTA);
    expect(
      await world.db.query(`select version_count::int, server_count::int, revision::int from registry where id = $1`, [
        id,
      ]),
    ).toEqual([{ version_count: QUOTA, server_count: QUOTA, revision: QUOTA }]);
    expect(await world.db.query('select from server_name')).toHaveLength(QUOTA);
    const outcomes = await world.db.query(
      `select action, result, reason, count(*)::int from audit_log group by 1, 2, 3 order by 1`,
    );
    expect(outcomes).toEqual([
      { action: 'permission.deny', result: 'denied', reason: 'quota_exceeded', count: RACERS - QUOTA },
      { action: 'server.version.publish', result: 'success', reason: null, count: QUOTA },
    ]);
  });

  it('hold while 50 servers are published at once; further versions of those that are there still go in', async () => {
    await setQuotas(world.acme, { servers: QUOTA, versions: 1_000 });
    await world.aRegistry(world.acme, 'tools');
    const publish = (index: number, version: string) =>
      post('/registries/tools/v0.1/publish', aServer({ name: `com.example/server-${index}`, version }));
    const answers = await race((index) => publish(index, '1.0.0'));
    expectFilled(answers, 200, 'servers', QUOTA);
    const there = answers.findIndex(({ status }) => status === 200);
    expect((await publish(there, '2.0.0')).status).toBe(200);
  });

  it('say so below a registry in the shape of its API', async () => {
    await setQuotas(world.acme, { versions: 0 });
    await world.aRegistry(world.acme, 'tools');
    const answer = await post('/registries/tools/v0.1/publish', aServer());
    expect([answer.status, answer.json()]).toEqual([
      403,
      {
        title: 'Quota Exceeded',
        status: 403,
        detail: 'Maximum number of versions exceeded. Max allowed: 0. In use: 0.',
        instance: expect.stringMatching(/^portolan:trace:/) as string,
      },
    ]);
  });

  it('leave what is there alone: a full registry can still be edited, and its versions deleted', async () => {
    await world.aRegistry(world.acme, 'tools');
    await world.publish(world.acme, 'tools', aServer());
    await setQuotas(world.acme, { versions: 0, servers: 0 });
    const version = '/registries/tools/v0.1/servers/com.example%2Fweather/versions/1.0.0';
    const { admin: token } = world.acme;
    expect((await world.call('PUT', version, { token, body: aServer({ description: 'Edited' }) })).status).toBe(200);
    expect((await world.call('DELETE', version, { token })).status).toBe(200);
  });

  it('are those of the platform while the organization has none of its own', async () => {
    for (let index = 0; index < 5; index += 1) await world.aRegistry(world.acme, `registry-${index}`);
    expectFilled([await post('/v0/registries', { name: 'one-more' })], 201, 'registries', 0, 5);
    for (const version of ['1.0.0', '1.0.1', '1.0.2'])
      await world.publish(world.acme, 'registry-0', aServer({ version }));
    const full = await post('/registries/registry-0/v0.1/publish', aServer({ version: '1.0.3' }));
    expectFilled([full], 200, 'versions', 0, 3);
    await world.publish(world.acme, 'registry-1', aServer());
  });

  it('count each organization by itself', async () => {
    await setQuotas(world.acme, { registries: 0 });
    expect((await post('/v0/registries', { name: 'tools' })).status).toBe(403);
    expect((await post('/v0/registries', { name: 'tools' }, world.globex)).status).toBe(201);
  });

  it('free a place when a registry is deleted', async () => {
    await setQuotas(world.acme, { registries: 1 });
    await world.aRegistry(world.acme, 'first');
    expect((await post('/v0/registries', { name: 'second' })).status).toBe(403);
    await world.call('DELETE', '/v0/registries/first', { token: world.acme.admin });
    expect((await post('/v0/registries', { name: 'second' })).status).toBe(201);
  });
});
