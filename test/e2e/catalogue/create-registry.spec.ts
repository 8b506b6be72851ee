import { aWorld, type World } from '../../support/world';

describe('create-registry: POST /v0/registries', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the whole registry and defaults', async () => {
      const answer = await world.call('POST', '/v0/registries', { token: world.acme.admin, body: { name: 'tools' } });
      expect(answer.status).toBe(201);
      expect(answer.json()).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        name: 'tools',
        display_name: 'tools',
        description: null,
        labels: {},
        visibility: 'private',
        created_at: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/) as string,
        updated_at: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/) as string,
        mirrored_data_as_of: null,
      });
    });

    it('makes its creator its Admin', async () => {
      const creator = await world.aSystemAccount(world.acme, [{ role: 'Creator', on: '*' }]);
      const created = await world.call('POST', '/v0/registries', { token: creator, body: { name: 'mine' } });
      const { id } = created.json<{ id: string }>();
      const deleted = await world.call('DELETE', `/v0/registries/${id}`, { token: creator });
      expect(deleted.status).toBe(204);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{}, 'name', 'required', {}],
      [{ name: 'Tools' }, 'name', 'matches_regex', {}],
      [{ name: 'a'.repeat(121) }, 'name', 'max_length', { maximum: 120 }],
      [{ name: 'x', display_name: '' }, 'display_name', 'min_length', { minimum: 1 }],
      [{ name: 'x', display_name: null }, 'display_name', 'is_string', {}],
      [{ name: 'x', description: 'd'.repeat(2049) }, 'description', 'max_length', { maximum: 2048 }],
      [{ name: 'x', description: 'a\u0000b' }, 'description', 'is_storable_text', {}],
      [{ name: 'x', labels: { konnect: 'x' } }, 'labels', 'is_label', {}],
      [{ name: 'x', labels: { a: 'not ok' } }, 'labels', 'is_label', {}],
      [{ name: 'x', visibility: 'secret' }, 'visibility', 'enum', { choices: ['private', 'public'] }],
      [{ name: 'x', org_id: 'y' }, 'org_id', 'unknown_property', {}],
    ])('row %# names the field and the rule', async (body, field, rule, limits) => {
      const answer = await world.call('POST', '/v0/registries', { token: world.acme.admin, body });
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body', reason: expect.any(String) as string, ...limits }),
      );
    });

    it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('refuses the property %s', async (key) => {
      const raw = `{"name": "odd", ${JSON.stringify(key)}: {"visibility": "public"}}`;
      const answer = await world.call('POST', '/v0/registries', {
        token: world.acme.admin,
        raw,
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        { field: key, rule: 'unknown_property', reason: `property ${key} should not exist`, source: 'body' },
      ]);
    });

    it.each(['__proto__', 'prototype', 'constructor'])('refuses the label %s instead of losing it', async (key) => {
      const answer = await world.call('POST', '/v0/registries', {
        token: world.acme.admin,
        raw: `{"name": "odd", "labels": {${JSON.stringify(key)}: "x", "env": "test"}}`,
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field: `labels.${key}`, rule: 'unknown_property' }),
      ]);
    });

    it.each(['null', '[]', '"name"', '7'])('refuses the body %s, which is no object', async (raw) => {
      const answer = await world.call('POST', '/v0/registries', {
        token: world.acme.admin,
        raw,
        headers: { 'content-type': 'application/json' },
      });
      expect(answer.status).toBe(400);
    });

    it('answers 409 for a name that is taken', async () => {
      await world.aRegistry(world.acme, 'taken');
      const answer = await world.call('POST', '/v0/registries', { token: world.acme.admin, body: { name: 'taken' } });
      expect(answer.status).toBe(409);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with WWW-Authenticate', async () => {
      const answer = await world.call('POST', '/v0/registries', { body: { name: 'nobody' } });
      expect(answer.status).toBe(401);
      expect(answer.headers['www-authenticate']).toMatch(/^Bearer/);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to a Publisher of everything and writes that down', async () => {
      const publisher = await world.aSystemAccount(world.acme, [{ role: 'Publisher', on: '*' }]);
      const answer = await world.call('POST', '/v0/registries', { token: publisher, body: { name: 'denied' } });
      expect(answer.status).toBe(403);
      const rows = await world.db.query(
        `select 1 from audit_log where result = 'denied' and reason = 'registry:create'`,
      );
      expect(rows).toHaveLength(1);
    });
  });

  describe('hides other organizations', () => {
    it('lets two organizations use the same name', async () => {
      await world.aRegistry(world.acme, 'same');
      const answer = await world.call('POST', '/v0/registries', { token: world.globex.admin, body: { name: 'same' } });
      expect(answer.status).toBe(201);
    });
  });
});
