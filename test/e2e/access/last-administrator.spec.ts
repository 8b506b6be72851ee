import { aWorld, type World } from '../../support/world';
import { idOf, join, predefinedTeam, refusal } from './support/identity';
import { ADMINISTRATOR, aUserWith } from './token-owners';

describe('The last administrator', () => {
  let world: World;
  let made = 0;

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  it.each([
    ['has no token', 'delete from access_token where system_account_id = $1'],
    ['has a revoked token only', 'update access_token set revoked_at = now() where system_account_id = $1'],
    ['has an expired token only', 'update access_token set expires_at = now() where system_account_id = $1'],
  ])('stays until a system account that %s has a live one', async (_what, change) => {
    const organization = await world.anOrganization(`alone-${(made += 1)}`);
    const team = await predefinedTeam(world, organization, 'Organization Admin');
    const id = await idOf(world, await world.aSystemAccount(organization));
    await join(world, organization, team, { type: 'system_account', id });
    await world.db.query(change, [id]);
    const { token } = await aUserWith(world, organization, ...ADMINISTRATOR);
    const path = `/v0/teams/${team}/users/${await idOf(world, organization.admin)}`;
    const leave = () => world.call('DELETE', path, { token });
    expect(refusal(await leave())).toEqual([409, 'last_organization_admin']);
    const live = await world.call('POST', `/v0/system-accounts/${id}/access-tokens`, { token, body: { name: 'live' } });
    expect(live.status).toBe(201);
    expect((await leave()).status).toBe(204);
  });
});
