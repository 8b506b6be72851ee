import { aWorld, type World } from '../../support/world';
import { auditRows, aUserWith, problem } from './token-owners';

describe('update-organization-me: PATCH /v0/organizations/me', () => {
  let world: World;

  const update = (body: unknown, token = world.acme.admin) =>
    world.call('PATCH', '/v0/organizations/me', { token, body });
  const me = (token = world.acme.admin) => world.call('GET', '/v0/organizations/me', { token });

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('changes what is given and leaves the rest, with one audit row', async () => {
      const before = (await me()).json();
      await world.db.query('delete from audit_log');
      const answer = await update({ display_name: 'Acme Inc.' });
      expect(answer.status).toBe(200);
      const after = answer.json();
      expect(after).toEqual({ ...before, display_name: 'Acme Inc.', updated_at: after.updated_at });
      expect(after.updated_at).not.toBe(before.updated_at);
      expect((await me()).json()).toEqual(after);
      expect(await auditRows(world)).toEqual([
        { action: 'organization.update', target_id: world.acme.id, before, after },
      ]);
    });

    it('moves the login path and frees the old one', async () => {
      expect((await update({ login_path: 'acme-inc' })).json().login_path).toBe('acme-inc');
      expect((await update({ login_path: 'acme-incorporated' })).status).toBe(200);
      expect((await update({ login_path: 'acme-inc' }, world.globex.admin)).status).toBe(200);
      expect((await update({ login_path: 'globex' }, world.globex.admin)).status).toBe(200);
      expect((await update({ login_path: 'acme' })).status).toBe(200);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ display_name: '' }, 'display_name', 'min_length', { minimum: 1 }],
      [{ display_name: 'a'.repeat(121) }, 'display_name', 'max_length', { maximum: 120 }],
      [{ display_name: 'a\u0000b' }, 'display_name', 'is_storable_text', {}],
      [{ display_name: null }, 'display_name', 'is_string', {}],
      [{ login_path: 'Acme' }, 'login_path', 'matches_regex', {}],
      [{ login_path: 'a/b' }, 'login_path', 'matches_regex', {}],
      [{ login_path: 'a'.repeat(121) }, 'login_path', 'max_length', { maximum: 120 }],
      [{ name: 'other' }, 'name', 'immutable', {}],
      [{ state: 'active' }, 'state', 'unknown_property', {}],
      [{ quotas: {} }, 'quotas', 'unknown_property', {}],
    ])('row %# names the field and the rule', async (body, field, rule, limits) => {
      const answer = await update(body);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toContainEqual(
        expect.objectContaining({ field, rule, source: 'body', ...limits }),
      );
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, and to the operator of the platform, who is no member', async () => {
      expect((await world.call('PATCH', '/v0/organizations/me', { body: {} })).status).toBe(401);
      expect((await update({}, 'operator-token-of-the-tests-0123456789')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to who may not change how the organization signs in, and changes nothing', async () => {
      const before = (await me()).text;
      for (const roles of [[['Admin', 'MCP Registries']], [['Viewer', 'Identity']]] as const) {
        const { token } = await aUserWith(world, world.acme, ...roles);
        expect(problem(await update({ display_name: 'x' }, token))).toEqual([403, 'forbidden']);
      }
      expect((await me()).text).toBe(before);
    });
  });

  describe('hides other organizations', () => {
    it('answers 409 for the login path of another organization, whichever, and changes nothing of it', async () => {
      const before = (await me(world.globex.admin)).text;
      const answer = await update({ login_path: 'globex', display_name: 'Stolen' });
      expect([problem(answer), answer.text.includes(world.globex.id)]).toEqual([[409, 'login_path_taken'], false]);
      expect((await me()).json().display_name).not.toBe('Stolen');
      expect((await me(world.globex.admin)).text).toBe(before);
    });

    it('answers the same for the name of another organization, wherever that one signs in', async () => {
      const taken = await update({ login_path: 'globex' });
      expect((await update({ login_path: 'elsewhere' }, world.globex.admin)).status).toBe(200);
      const named = await update({ login_path: 'globex' });
      expect([problem(named), named.masked]).toEqual([[409, 'login_path_taken'], taken.masked]);
      expect((await update({ login_path: 'globex' }, world.globex.admin)).status).toBe(200);
    });
  });
});
