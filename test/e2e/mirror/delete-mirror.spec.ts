import { aServer, aWorld, type World } from '../../support/world';
import {
  aMirror,
  mirroredVersions,
  anUpstream,
  aRun,
  MISSING,
  pathOf,
  refusalsOf,
  type Mirror,
} from './support/mirrors';

const OWN = aServer({ name: 'com.example/own' });

describe('delete-mirror: DELETE /v0/registries/{registryIdentifier}/mirrors/{mirrorId}', () => {
  let world: World;
  let id: string;
  let foreign: string;
  let sibling: string;
  let upstream: string;
  let other: string;
  let mirror: Mirror;
  let foreignMirror: Mirror;

  const remove = (query: string, mirrorId = mirror.id, registry = id, token: string | null = world.acme.admin) =>
    world.call('DELETE', `${pathOf(registry, mirrorId)}${query}`, token === null ? {} : { token });
  const served = async () => {
    const answer = await world.call('GET', `/registries/${id}/v0.1/servers?include_deleted=true`, {
      token: world.acme.admin,
    });
    return answer
      .json<{ servers: { server: { name: string; version: string } }[] }>()
      .servers.map(({ server }) => `${server.name}@${server.version}`);
  };
  const registry = async () => {
    const [row] = await world.db.query<{ revision: string; version_count: string; server_count: string }>(
      'select revision, version_count, server_count from registry where id = $1',
      [id],
    );
    return {
      revision: Number(row?.revision),
      versions: Number(row?.version_count),
      servers: Number(row?.server_count),
    };
  };
  const left = async () => (await world.db.query('select from mirror where registry_id = $1', [id])).length;

  beforeAll(async () => {
    world = await aWorld();
    foreign = await world.aRegistry(world.globex, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    upstream = await anUpstream(world, world.acme, 'partner');
    other = await anUpstream(world, world.acme, 'other');
    foreignMirror = await aMirror(world, world.globex, foreign, await anUpstream(world, world.globex, 'partner'));
  });

  beforeEach(async () => {
    await world.db.query(`delete from registry where name = 'tools' and org_id = $1`, [world.acme.id]);
    await world.db.query('delete from outbox');
    id = await world.aRegistry(world.acme, 'tools');
    mirror = await aMirror(world, world.acme, id, upstream);
    await world.publish(world.acme, id, OWN);
    await mirroredVersions(world, world.acme, id, mirror.id, [
      { name: 'io.partner/one' },
      { name: 'io.partner/one', version: '2.0.0' },
      { name: 'io.partner/two' },
    ]);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('removes what the mirror brought, and nothing else, with versions=remove', async () => {
      const before = await registry();
      const answer = await remove('?versions=remove');
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect(await served()).toEqual(['com.example/own@1.0.0']);
      const after = await registry();
      expect(after).toEqual({ revision: after.revision, versions: 1, servers: 1 });
      expect(after.revision).toBeGreaterThan(before.revision);
      expect(await left()).toBe(0);
    });

    it('leaves what the mirror brought to the registry with versions=keep', async () => {
      const before = await registry();
      expect((await remove('?versions=keep')).status).toBe(204);
      expect(await served()).toEqual([
        'com.example/own@1.0.0',
        'io.partner/one@1.0.0',
        'io.partner/one@2.0.0',
        'io.partner/two@1.0.0',
      ]);
      const after = await registry();
      expect(after).toEqual({ ...before, revision: after.revision });
      expect(after.revision).toBeGreaterThan(before.revision);
      const origins = await world.db.query(
        'select from server_version where registry_id = $1 and num_nonnulls(mirror_id, run_id, upstream_name) > 0',
        [id],
      );
      expect(origins).toEqual([]);
    });

    it('lets anybody publish under the names, whatever became of the versions', async () => {
      await remove('?versions=keep');
      await world.publish(world.acme, id, aServer({ name: 'io.partner/one', version: '3.0.0' }));
      const again = await aMirror(world, world.acme, id, upstream);
      await mirroredVersions(world, world.acme, id, again.id, [{ name: 'io.partner/three' }]);
      await remove('?versions=remove', again.id);
      await world.publish(world.acme, id, aServer({ name: 'io.partner/three' }));
      expect(await served()).toContain('io.partner/three@1.0.0');
    });

    it('removes from a registry that is over its quota', async () => {
      await world.db.query(`update organization set quotas = '{"versions": 1, "servers": 1}' where id = $1`, [
        world.acme.id,
      ]);
      expect((await remove('?versions=remove')).status).toBe(204);
      await world.db.query(`update organization set quotas = '{}' where id = $1`, [world.acme.id]);
      expect(await registry()).toMatchObject({ versions: 1, servers: 1 });
    });

    it('asks for a sweep of the documents that it removed', async () => {
      await remove('?versions=remove');
      const jobs = await world.db.query<{ org_id: string; payload: { hashes: string[] } }>(
        `select org_id, payload from outbox where name = 'catalogue.sweep_documents'`,
      );
      expect(jobs.map(({ org_id }) => org_id)).toEqual([world.acme.id]);
      expect(jobs[0]?.payload.hashes).toHaveLength(3);
    });

    it('takes its runs along, also one that is under way', async () => {
      const run = await aRun(world, mirror.id, { state: 'running', lease_until: '2999-01-01T00:00:00Z' });
      await world.db.query(
        `insert into mirror_run_item (org_id, run_id, name, version, action, reason)
         values ($1, $2, 'io.partner/one', '1.0.0', 'new', 'listed')`,
        [world.acme.id, run],
      );
      expect((await remove('?versions=keep')).status).toBe(204);
      expect(await world.db.query('select from mirror_run where id = $1', [run])).toEqual([]);
      expect(await world.db.query('select from mirror_run_item where run_id = $1', [run])).toEqual([]);
    });

    it('has the other mirrors of the registry compare again', async () => {
      const second = await aMirror(world, world.acme, id, other);
      const elsewhere = await aMirror(world, world.acme, sibling, other);
      await world.db.query(`update mirror set applied_crawl = 7, next_run_at = now() + interval '20 minutes'`);
      await remove('?versions=remove');
      const mirrors = await world.db.query(
        `select id, applied_crawl, next_run_at <= clock_timestamp() as is_due from mirror
         where org_id = $1 order by created_at`,
        [world.acme.id],
      );
      expect(mirrors).toEqual([
        { id: second.id, applied_crawl: null, is_due: true },
        { id: elsewhere.id, applied_crawl: '7', is_due: false },
      ]);
      await world.db.query('delete from mirror where id = $1', [elsewhere.id]);
    });

    it('answers by the name of the registry and at the alias', async () => {
      const second = await aMirror(world, world.acme, id, other);
      expect((await remove('?versions=keep', mirror.id, 'tools')).status).toBe(204);
      const alias = await world.call('DELETE', `/v0/mcp-registries/${id}/mirrors/${second.id}?versions=keep`, {
        token: world.acme.admin,
      });
      expect(alias.status).toBe(204);
      expect((await world.call('GET', pathOf(id, mirror.id), { token: world.acme.admin })).status).toBe(404);
    });

    it.each(['keep', 'remove'])('writes one audit row with the choice %s and how many versions', async (choice) => {
      await world.db.query('delete from audit_log');
      await remove(`?versions=${choice}`);
      const audited = await world.db.query(
        'select action, target_id, target_name, registry_id, before, after from audit_log',
      );
      expect(audited).toEqual([
        {
          action: 'mirror.delete',
          target_id: mirror.id,
          target_name: 'partner',
          registry_id: id,
          before: expect.objectContaining({ id: mirror.id, upstream_name: 'partner', schedule: '1h' }) as object,
          after: { versions: choice, version_count: 3 },
        },
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['', 'versions', 'required'],
      ['?versions=', 'versions', 'enum'],
      ['?versions=both', 'versions', 'enum'],
      ['?versions=keep&versions=keep', 'versions', 'is_string'],
      ['?versions=keep&force=true', 'force', 'unknown_property'],
    ])('%p names the parameter and its choices, and nothing is deleted', async (query, field, rule) => {
      const answer = await remove(query);
      expect(answer.status).toBe(400);
      const choices = field === 'versions' && rule !== 'is_string' ? { choices: ['keep', 'remove'] } : {};
      expect(refusalsOf(answer)).toEqual([expect.objectContaining({ field, rule, source: 'query', ...choices })]);
      expect([await left(), (await served()).length]).toEqual([1, 4]);
    });

    it('answers 404 for a mirror of another registry, for what is no id, and the second time', async () => {
      const elsewhere = await remove('?versions=keep', mirror.id, sibling);
      expect([elsewhere.status, elsewhere.json().type]).toEqual([404, 'urn:portolan:error:mirror_not_found']);
      expect((await remove('?versions=keep', 'partner')).status).toBe(404);
      expect((await remove('?versions=keep')).status).toBe(204);
      expect((await remove('?versions=keep')).status).toBe(404);
    });

    it('answers 204 to one of two and 404 to the other', async () => {
      const answers = await Promise.all([remove('?versions=remove'), remove('?versions=remove')]);
      expect(answers.map(({ status }) => status).sort()).toEqual([204, 404]);
      expect(await registry()).toMatchObject({ versions: 1, servers: 1 });
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever mirror', async () => {
      for (const one of [mirror.id, foreignMirror.id, MISSING])
        expect((await remove('?versions=remove', one, id, null)).status).toBe(401);
      expect(await left()).toBe(1);
    });
  });

  describe('requires the permission', () => {
    it.each([
      ['Admin', 204],
      ['Publisher', 403],
      ['Viewer', 403],
    ] as const)('answers %s of the registry %d', async (role, status) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await remove('?versions=keep', mirror.id, id, token)).status).toBe(status);
    });

    it('answers 404 to who does not know the registry', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await remove('?versions=keep', mirror.id, id, token)).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign mirror and a missing one alike, byte for byte', async () => {
      const hidden = await remove('?versions=remove', foreignMirror.id);
      expect([hidden.status, hidden.masked]).toEqual([404, (await remove('?versions=remove', MISSING)).masked]);
    });

    it('answers a foreign registry and a missing one alike, byte for byte, and deletes nothing', async () => {
      const hidden = await remove('?versions=remove', foreignMirror.id, foreign);
      const missing = await remove('?versions=remove', foreignMirror.id, MISSING);
      expect([hidden.status, hidden.masked]).toEqual([404, missing.masked]);
      expect(await world.db.query('select from mirror where id = $1', [foreignMirror.id])).toHaveLength(1);
    });
  });
});
