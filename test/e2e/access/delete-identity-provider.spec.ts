import { aPerson } from '../../sign-in/people';
import { aProvider } from '../../sign-in/sso';
import { aWorld, type World } from '../../support/world';
import {
  anIdentityAdmin,
  grant,
  hidesAlike,
  needsIdentityAdmin,
  needsSignIn,
  predefinedTeam,
  refusal,
  trailOf,
} from './support/identity';

describe('delete-identity-provider: DELETE /v0/identity-providers/{providerId}', () => {
  let world: World;
  let id: string;
  let foreign: string;

  const remove = (providerId: string, token = world.acme.admin) =>
    world.call('DELETE', `/v0/identity-providers/${providerId}`, { token });
  const exists = async (providerId: string) =>
    (await world.db.query(`select 1 from identity_provider where id = $1`, [providerId])).length === 1;

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    await world.db.query('update organization set oidc_auth_enabled = false');
    await world.db.query('delete from identity_provider');
    id = await aProvider(world, world.acme, true);
    foreign = await aProvider(world, world.globex, true);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204 and takes mappings and identities along, but no user', async () => {
      const person = await aPerson(world, world.acme);
      const team = await predefinedTeam(world, world.acme, 'Auditor');
      await world.db.query(
        `insert into user_identity (org_id, identity_provider_id, subject, user_id) values ($1, $2, 'x', $3)`,
        [world.acme.id, id, person.id],
      );
      await world.db.query(
        `insert into team_group_mapping (org_id, id, identity_provider_id, team_id, group_name)
         values ($1, gen_random_uuid(), $2, $3, 'auditors')`,
        [world.acme.id, id, team],
      );
      const answer = await remove(id);
      expect([answer.status, answer.text]).toEqual([204, '']);
      for (const table of ['identity_provider', 'user_identity', 'team_group_mapping'])
        expect([table, await world.db.query(`select 1 from ${table} where org_id = $1`, [world.acme.id])]).toEqual([
          table,
          [],
        ]);
      expect(await world.db.query(`select 1 from user_account where id = $1`, [person.id])).toHaveLength(1);
    });

    it('writes one audit row with what was there', async () => {
      const trail = await trailOf(world, world.acme, () => remove(id));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'identity_provider.delete',
          target_id: id,
          before: expect.objectContaining({ id, enabled: true }) as object,
          after: null,
        }),
      ]);
      expect(JSON.stringify(trail)).not.toContain('v1.none');
    });
  });

  describe('rejects bad input', () => {
    it('keeps the provider by which the organization signs in', async () => {
      await world.db.query(`update organization set oidc_auth_enabled = true where id = $1`, [world.acme.id]);
      expect(refusal(await remove(id))).toEqual([409, 'identity_provider_in_use']);
      expect(await exists(id)).toBe(true);
    });

    it('answers 404 the second time', async () => {
      await remove(id);
      expect(refusal(await remove(id))).toEqual([404, 'identity_provider_not_found']);
    });
  });

  describe('requires sign-in', () => {
    needsSignIn(
      (one) => world.call('DELETE', `/v0/identity-providers/${one}`),
      () => id,
    );
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => remove(id, token),
    );

    it('needs all that the people of the provider may do', async () => {
      const admin = await anIdentityAdmin(world, world.acme);
      const person = await aPerson(world, world.acme);
      await grant(world, world.acme, { type: 'user', id: person.id }, ['Viewer', 'MCP Registries']);
      await world.db.query(
        `insert into user_identity (org_id, identity_provider_id, subject, user_id) values ($1, $2, 'y', $3)`,
        [world.acme.id, id, person.id],
      );
      expect(refusal(await remove(id, admin))).toEqual([403, 'privilege_ceiling']);
      expect(await exists(id)).toBe(true);
      expect((await remove(id)).status).toBe(204);
    });
  });

  describe('hides other organizations', () => {
    hidesAlike('identity_provider_not_found', remove, () => foreign);

    it('leaves a foreign provider alone', async () => {
      await remove(foreign);
      expect(await exists(foreign)).toBe(true);
    });
  });
});
