import { aServer, aWorld, type World } from '../../support/world';

const MISSING = '00000000-0000-7000-8000-000000000000';
const REMOTE = { remotes: [{ type: 'streamable-http', url: 'https://mcp.example.com/mcp' }] };

describe('delete-registry: DELETE /v0/registries/{registryIdentifier}', () => {
  let world: World;
  let id: string;
  let foreign: string;

  const remove = (identifier: string, query = '', token = world.acme.admin) =>
    world.call('DELETE', `/v0/registries/${identifier}${query}`, { token });
  const rows = async (table: string, registryId: string) =>
    (await world.db.query(`select from ${table} where registry_id = $1`, [registryId])).length;
  const registries = (registryId: string) => world.db.query(`select from registry where id = $1`, [registryId]);

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    await world.db.query('delete from registry');
    await world.db.query('delete from outbox');
    id = await world.aRegistry(world.acme, 'tools');
    foreign = await world.aRegistry(world.globex, 'tools');
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('deletes an empty registry by id, by name and at the alias', async () => {
      await world.aRegistry(world.acme, 'by-name');
      await world.aRegistry(world.acme, 'by-alias');
      for (const path of [`registries/${id}`, 'registries/by-name', 'mcp-registries/by-alias']) {
        const answer = await world.call('DELETE', `/v0/${path}`, { token: world.acme.admin });
        expect([answer.status, answer.text]).toEqual([204, '']);
        expect((await world.call('GET', `/v0/${path}`, { token: world.acme.admin })).status).toBe(404);
      }
    });

    it('answers 409 and keeps everything while versions are there', async () => {
      await world.publish(world.acme, id, aServer(REMOTE));
      for (const query of ['', '?force=false']) {
        const answer = await remove(id, query);
        expect([answer.status, answer.json().type]).toEqual([409, 'urn:portolan:error:registry_not_empty']);
      }
      expect([await rows('server_version', id), await rows('remote_url_claim', id)]).toEqual([1, 1]);
    });

    it('answers 409 even when all versions are deleted ones', async () => {
      await world.publish(world.acme, id, aServer());
      const version = `/registries/${id}/v0.1/servers/com.example%2Fweather/versions/1.0.0`;
      expect((await world.call('DELETE', version, { token: world.acme.admin })).status).toBe(200);
      expect((await remove(id)).status).toBe(409);
    });

    it('takes versions, remote URLs and role assignments along with force=true', async () => {
      await world.publish(world.acme, id, aServer(REMOTE));
      await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: id }]);
      expect((await remove(id, '?force=true')).status).toBe(204);
      expect([await rows('server_version', id), await rows('remote_url_claim', id)]).toEqual([0, 0]);
      expect(await world.db.query(`select from role_assignment where entity_id = $1`, [id])).toHaveLength(0);
    });

    it('lets its name be used again, with nothing of the old registry', async () => {
      await world.publish(world.acme, id, aServer(REMOTE));
      await remove(id, '?force=true');
      const again = await world.aRegistry(world.acme, 'tools');
      expect(again).not.toBe(id);
      const list = await world.call('GET', '/registries/tools/v0.1/servers', { token: world.acme.admin });
      expect(list.json()).toEqual({ servers: [], metadata: { count: 0 } });
      await world.publish(world.acme, again, aServer(REMOTE));
    });

    it('asks for a sweep of its documents, which keeps those that others still use', async () => {
      await world.publish(world.acme, id, aServer({ description: 'Ours alone' }));
      await world.publish(world.acme, id, aServer({ version: '2.0.0', description: 'Shared' }));
      await world.publish(world.globex, foreign, aServer({ version: '2.0.0', description: 'Shared' }));
      await remove(id, '?force=true');
      const jobs = await world.db.query<{ org_id: string; payload: { hashes: string[] } }>(
        `select org_id, payload from outbox where name = 'catalogue.sweep_documents'`,
      );
      expect(jobs.map(({ org_id }) => org_id)).toEqual([world.acme.id]);
      const hashes = jobs.flatMap(({ payload }) => payload.hashes);
      expect(hashes).toHaveLength(2);
      const bodies = async () =>
        (await world.db.query<{ body: string }>(`select body from document`)).map(({ body }) => body).join();
      expect(await bodies()).toContain('Ours alone');
      await world.db.query(`select sweep_documents(array(select decode(h, 'hex') from unnest($1::text[]) h))`, [
        hashes,
      ]);
      expect(await bodies()).not.toContain('Ours alone');
      expect(await bodies()).toContain('Shared');
    });

    it('writes one audit row with the registry as it was', async () => {
      const answer = await world.call('GET', `/v0/registries/${id}`, { token: world.acme.admin });
      const { mirrored_data_as_of: _, ...before } = answer.json();
      await world.db.query('delete from audit_log');
      await remove(id);
      expect(await world.db.query(`select action, target_id, target_name, before, after from audit_log`)).toEqual([
        { action: 'registry.delete', target_id: id, target_name: 'tools', before, after: null },
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['force=yes', 'force', 'is_boolean'],
      ['force=', 'force', 'is_boolean'],
      ['force=true&force=true', 'force', 'is_string'],
      ['Force=true', 'Force', 'unknown_property'],
    ])('?%s names the parameter, and nothing is deleted', async (query, field, rule) => {
      const answer = await remove(id, `?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query' }),
      ]);
      expect(await registries(id)).toHaveLength(1);
    });

    it('answers 404 for a registry that is not there, and the second time', async () => {
      expect((await remove(MISSING)).status).toBe(404);
      expect((await remove(id)).status).toBe(204);
      expect((await remove(id)).status).toBe(404);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 and deletes nothing', async () => {
      expect((await world.call('DELETE', `/v0/registries/${id}?force=true`)).status).toBe(401);
      expect(await registries(id)).toHaveLength(1);
    });
  });

  describe('requires the permission', () => {
    it.each(['Viewer', 'Publisher'] as const)('answers 403 to a %s and deletes nothing', async (role) => {
      const account = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await remove(id, '?force=true', account)).status).toBe(403);
      expect(await registries(id)).toHaveLength(1);
    });

    it('lets the Admin of this one registry delete it', async () => {
      const account = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: id }]);
      expect((await remove('tools', '', account)).status).toBe(204);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign registry, public too, and leaves it alone', async () => {
      await world.publish(world.globex, foreign, aServer(REMOTE));
      const open = await world.aRegistry(world.globex, 'open', { visibility: 'public' });
      for (const one of [foreign, open]) {
        expect((await remove(one, '?force=true')).status).toBe(404);
        expect(await registries(one)).toHaveLength(1);
      }
    });

    it('deletes nothing of a foreign registry with the same name', async () => {
      await world.publish(world.acme, id, aServer(REMOTE));
      await world.publish(world.globex, foreign, aServer(REMOTE));
      expect((await remove('tools', '?force=true')).status).toBe(204);
      expect([await rows('server_version', foreign), await rows('remote_url_claim', foreign)]).toEqual([1, 1]);
    });
  });
});
