import { aServer, aWorld, type Organization, type World } from '../support/world';
import { countOf, flushed } from './buffered';

const SETTINGS = '/v0/audit-logs/settings';

interface Grant {
  readonly reason: string;
  readonly target_name: string;
  readonly registry_id: string | null;
  readonly principal_type: string;
}

describe('What was allowed', () => {
  let world: World;
  let org: Organization;
  let registry: string;
  let reader: string;
  let number = 0;

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    org = await world.anOrganization(`org-${(number += 1)}`);
    registry = await world.aRegistry(org, 'tools');
    await world.publish(org, registry, aServer());
    reader = await world.aSystemAccount(org, [{ role: 'Viewer', on: '*' }]);
  });

  afterAll(() => world.close());

  async function choose(isOn: boolean): Promise<void> {
    const body = { log_grants: isOn };
    expect((await world.call('PATCH', SETTINGS, { token: org.admin, body })).status).toBe(200);
  }

  /** Those of `choose` not counted. */
  async function grants(): Promise<Grant[]> {
    await flushed(world, org);
    return world.db.query<Grant>(
      `select reason, target_name, registry_id, principal_type from audit_log
       where org_id = $1 and action = 'permission.grant' and target_name <> $2 order by occurred_at`,
      [org.id, `PATCH ${SETTINGS}`],
    );
  }

  it('is not written down unless the organization asks for it, and no longer than it does', async () => {
    await world.call('GET', `/v0/registries/${registry}`, { token: reader });
    expect(await grants()).toEqual([]);
    await choose(true);
    await world.call('GET', `/v0/registries/${registry}`, { token: reader });
    expect(await grants()).toHaveLength(1);
    await choose(false);
    await world.call('GET', `/v0/registries/${registry}`, { token: reader });
    expect(await grants()).toHaveLength(1);
  });

  it('says who, by which permission, where and in which registry, and nothing of the query', async () => {
    await choose(true);
    const query = '?filter[name]=alice@example.com';
    await world.call('GET', `/v0/registries${query}`, { token: reader });
    await world.call('GET', `/registries/${registry}/v0.1/servers?search=alice`, { token: reader });
    expect(await grants()).toEqual([
      {
        reason: 'self:read',
        target_name: 'GET /v0/registries',
        registry_id: null,
        principal_type: 'system_account',
      },
      {
        reason: 'version:list',
        target_name: `GET /registries/${registry}/v0.1/servers`,
        registry_id: registry,
        principal_type: 'system_account',
      },
    ]);
  });

  it('is complete, whatever comes at once', async () => {
    await choose(true);
    await Promise.all(Array.from({ length: 200 }, () => world.call('GET', '/v0/users/me', { token: org.admin })));
    await flushed(world, org);
    expect(await countOf(world, org, 'self:read')).toBe(200);
  });

  it('holds no secret of a capability URL', async () => {
    const created = await world.call('POST', `/v0/registries/${registry}/capability-urls`, {
      token: org.admin,
      body: { name: 'for an editor' },
    });
    expect(created.status).toBe(201);
    await choose(true);
    const { pathname } = new URL(created.json<{ url: string }>().url);
    expect((await world.call('GET', `${pathname}/v0.1/servers`)).status).toBe(200);
    const [row] = await grants();
    expect(row).toMatchObject({ principal_type: 'capability_url', registry_id: registry });
    expect(row?.target_name).toBe(`GET ${pathname.replace(/~.*/, '~')}/v0.1/servers`);
  });

  it('to strangers of a public registry, or to guests of another organization, is none', async () => {
    await world.call('PATCH', `/v0/registries/${registry}`, { token: org.admin, body: { visibility: 'public' } });
    await choose(true);
    for (const token of [undefined, world.globex.admin]) {
      const options = token === undefined ? {} : { token };
      expect((await world.call('GET', `/registries/${registry}/v0.1/servers`, options)).status).toBe(200);
    }
    expect(await grants()).toEqual([]);
  });

  it('does not hide what is refused: a denial keeps its own row, without the query, too', async () => {
    await choose(true);
    await world.call('GET', '/v0/users?filter[email]=alice@example.com', { token: reader });
    expect(await grants()).toEqual([]);
    expect(
      await world.db.query(
        `select target_name, after from audit_log where org_id = $1 and action = 'permission.deny' and reason <> 'flushed'`,
        [org.id],
      ),
    ).toEqual([{ target_name: 'GET /v0/users', after: null }]);
  });
});
