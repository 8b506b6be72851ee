import { aWorld, type World } from '../../support/world';
import { aMirror } from '../sub-api/mirrored';

const MISSING = '00000000-0000-7000-8000-000000000000';

interface Trail {
  readonly action: string;
  readonly before: Record<string, unknown> | null;
  readonly after: Record<string, unknown> | null;
}

describe('update-registry: PATCH /v0/registries/{registryIdentifier}', () => {
  let world: World;
  let id: string;
  let foreign: string;

  const patch = (identifier: string, body: unknown, token = world.acme.admin) =>
    world.call('PATCH', `/v0/registries/${identifier}`, { token, body });
  const read = async (identifier = id, token = world.acme.admin) =>
    (await world.call('GET', `/v0/registries/${identifier}`, { token })).json();

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    await world.db.query('delete from registry');
    const settings = { display_name: 'Tools', description: 'Old', labels: { env: 'test', team: 'sea' } };
    id = await world.aRegistry(world.acme, 'tools', settings);
    foreign = await world.aRegistry(world.globex, 'tools', settings);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('changes what is there and leaves the rest', async () => {
      const before = await read();
      const answer = await patch(id, { display_name: 'New tools' });
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({
        ...before,
        display_name: 'New tools',
        updated_at: expect.any(String) as string,
      });
      expect(answer.json().updated_at).not.toBe(before.updated_at);
      expect(await read()).toEqual(answer.json());
    });

    it.each([
      [{ labels: { env: 'prod' } }, { env: 'prod', team: 'sea' }],
      [{ labels: { env: null } }, { team: 'sea' }],
      [{ labels: { env: null, none: null, zone: 'eu' } }, { team: 'sea', zone: 'eu' }],
      [{ labels: {} }, { env: 'test', team: 'sea' }],
      [{ labels: null }, {}],
      [{ description: 'x' }, { env: 'test', team: 'sea' }],
    ])('merges labels: %j', async (body, labels) => {
      expect((await patch(id, body)).json().labels).toEqual(labels);
    });

    it('keeps labels whose names mean something to JavaScript', async () => {
      const labels = { toString: 'b', hasOwnProperty: 'c', length: 'd', then: 'e' };
      expect((await patch(id, { labels: { ...labels, env: null, team: null } })).json().labels).toEqual(labels);
    });

    it('answers with the age of what its mirrors show, which the trail leaves out', async () => {
      await aMirror(world, { organization: world.acme, id }, { data_as_of: '2025-10-01T00:00:00Z' });
      const answer = await patch(id, { description: 'New' });
      expect(answer.json().mirrored_data_as_of).toBe('2025-10-01T00:00:00.000000Z');
      const [row] = await world.db.query<Trail>(
        `select action, before, after from audit_log where action = 'registry.update' order by occurred_at desc limit 1`,
      );
      expect(Object.keys({ ...row?.before, ...row?.after })).not.toContain('mirrored_data_as_of');
      expect(row?.after).toMatchObject({ description: 'New' });
    });

    it('clears a description with null', async () => {
      expect((await patch(id, { description: null })).json().description).toBeNull();
    });

    it('answers by name and at the alias', async () => {
      expect((await patch('tools', { description: 'a' })).json().description).toBe('a');
      const alias = await world.call('PATCH', '/v0/mcp-registries/tools', {
        token: world.acme.admin,
        body: { visibility: 'public' },
      });
      expect(alias.json()).toMatchObject({ id, description: 'a', visibility: 'public' });
    });

    it('opens and closes a registry for strangers at once', async () => {
      const stranger = async () => (await world.call('GET', `/registries/${id}/v0.1/servers`)).status;
      expect(await stranger()).toBe(401);
      await patch(id, { visibility: 'public' });
      expect(await stranger()).toBe(200);
      await patch(id, { visibility: 'private' });
      expect(await stranger()).toBe(401);
    });

    it('writes one audit row with the registry before and after', async () => {
      await world.db.query('delete from audit_log');
      const { mirrored_data_as_of: _, ...before } = await read();
      const { mirrored_data_as_of: __, ...after } = (await patch(id, { labels: { env: null } })).json();
      const rows = await world.db.query<Trail>('select action, before, after from audit_log');
      expect(rows).toEqual([{ action: 'registry.update', before, after }]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ name: 'other' }, 'name', 'immutable'],
      [{ name: 'tools' }, 'name', 'immutable'],
      [{ name: null }, 'name', 'immutable'],
      [{ id: MISSING }, 'id', 'unknown_property'],
      [{ org_id: MISSING }, 'org_id', 'unknown_property'],
      [{ created_at: '2020-01-01T00:00:00Z' }, 'created_at', 'unknown_property'],
      [{ display_name: null }, 'display_name', 'is_string'],
      [{ display_name: '' }, 'display_name', 'min_length'],
      [{ display_name: 'd'.repeat(121) }, 'display_name', 'max_length'],
      [{ description: 5 }, 'description', 'is_string'],
      [{ description: 'd'.repeat(2049) }, 'description', 'max_length'],
      [{ description: '\ud800' }, 'description', 'is_storable_text'],
      [{ labels: [] }, 'labels', 'is_label'],
      [{ labels: { kong: 'x' } }, 'labels', 'is_label'],
      [{ labels: { _x: null } }, 'labels', 'is_label'],
      [{ labels: { env: 'not ok' } }, 'labels', 'is_label'],
      [{ labels: { env: 'x'.repeat(64) } }, 'labels', 'is_label'],
      [{ visibility: null }, 'visibility', 'enum'],
      [{ visibility: 'PUBLIC' }, 'visibility', 'enum'],
    ])('row %# names the field and the rule, and nothing changes', async (body, field, rule) => {
      const before = await read();
      const answer = await patch(id, body);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body' }),
      );
      expect(await read()).toEqual(before);
    });

    it.each([[], 'text', 5, true])('refuses a body that is no object: %j', async (body) => {
      expect((await patch(id, body)).status).toBe(400);
    });

    it('refuses more than 50 labels after the merge', async () => {
      const labels = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`l${index}`, 'x']));
      const answer = await patch(id, { labels });
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field: 'labels', rule: 'max_items', maximum: 50 }),
      ]);
      expect((await patch(id, { labels: { ...labels, env: null } })).status).toBe(200);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 before it looks at the registry', async () => {
      for (const identifier of [id, MISSING, 'tools'])
        expect((await world.call('PATCH', `/v0/registries/${identifier}`, { body: {} })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each(['Viewer', 'Publisher'] as const)('answers 403 to a %s and changes nothing', async (role) => {
      const account = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      const before = await read();
      expect((await patch(id, { display_name: 'Mine' }, account)).status).toBe(403);
      expect(await read()).toEqual(before);
    });

    it('answers 404 to an Admin of another registry', async () => {
      const other = await world.aRegistry(world.acme, 'other');
      const account = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: other }]);
      expect((await patch(id, {}, account)).status).toBe(404);
      expect((await patch(other, {}, account)).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign registry and leaves it alone', async () => {
      const before = await read(foreign, world.globex.admin);
      const answer = await patch(foreign, { display_name: 'Taken over', visibility: 'public' });
      expect(answer.status).toBe(404);
      expect(await read(foreign, world.globex.admin)).toEqual(before);
    });
  });
});
