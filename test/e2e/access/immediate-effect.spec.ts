import { call } from '../../support/http';
import { anotherProcess, type OtherProcess } from '../../support/other-process';
import { aServer, aWorld, TEST_ENVIRONMENT, type World } from '../../support/world';
import { anAccountWith, aSession, aUserWith, tokensOf, type Session } from './token-owners';

/** Two API processes have nothing in common but the database. */
describe('With the next request, and in every other API process as soon as it is told', () => {
  let world: World;
  let second: OtherProcess;

  beforeAll(async () => {
    world = await aWorld();
    second = await anotherProcess(world);
    for (const organization of [world.acme, world.globex]) {
      await world.aRegistry(organization, 'tools');
      await world.publish(organization, 'tools', aServer());
    }
  });

  afterAll(async () => {
    await second.close();
    await world.close();
  });

  /** What both processes say, each asked often enough to have remembered whatever it remembers. */
  const statuses = async (credential: string | Session, path = '/registries/tools/v0.1/servers'): Promise<number[]> => {
    const options = typeof credential === 'string' ? { token: credential } : { headers: credential };
    const answers: number[] = [];
    answers.push((await world.call('GET', path, options)).status);
    await second.told();
    for (const url of [second.url, world.url, second.url]) answers.push((await call(url, 'GET', path, options)).status);
    return answers;
  };
  const all = (status: number) => [status, status, status, status];

  it('a revoked token is refused', async () => {
    const reader = await aUserWith(world, world.acme, ['Viewer', 'MCP Registries']);
    const other = await tokensOf(world, 'users', 'me', reader.token).made('other');
    expect(await statuses(reader.token)).toEqual(all(200));
    await tokensOf(world, 'users', 'me', other.token).revoke(reader.tokenId);
    expect(await statuses(reader.token)).toEqual(all(401));
    expect(await statuses(other.token)).toEqual(all(200));
  });

  it('a deleted token and a rotated one are refused', async () => {
    const reader = await anAccountWith(world, world.acme, ['Viewer', 'MCP Registries']);
    const byAdmin = tokensOf(world, 'system-accounts', reader.id, world.acme.admin);
    const [one, two] = [await byAdmin.made('one'), await byAdmin.made('two')];
    for (const { token } of [one, two]) expect(await statuses(token)).toEqual(all(200));
    await byAdmin.delete(one.id);
    await byAdmin.rotate(two.id);
    for (const { token } of [one, two]) expect(await statuses(token)).toEqual(all(401));
    expect(await statuses(reader.token)).toEqual(all(200));
  });

  it('a removed role is gone', async () => {
    const reader = await aUserWith(world, world.acme, ['Viewer', 'MCP Registries']);
    expect(await statuses(reader.token)).toEqual(all(200));
    const roles = `/v0/users/${reader.id}/assigned-roles`;
    const { data } = (await world.call('GET', roles, { token: world.acme.admin })).json<{ data: { id: string }[] }>();
    const removed = await world.call('DELETE', `${roles}/${data[0]?.id ?? ''}`, { token: world.acme.admin });
    expect(removed.status).toBe(204);
    expect(await statuses(reader.token)).toEqual(all(404));
  });

  it('a disabled user and account are refused, with token and session, and taken again', async () => {
    const user = await aUserWith(world, world.acme, ['Viewer', 'MCP Registries']);
    const account = await anAccountWith(world, world.acme, ['Viewer', 'MCP Registries']);
    const session = await aSession(world, world.acme, user.id);
    const setActive = async (active: boolean) => {
      for (const path of [`users/${user.id}`, `system-accounts/${account.id}`]) {
        const answer = await world.call('PATCH', `/v0/${path}`, { token: world.acme.admin, body: { active } });
        expect(answer.status).toBe(200);
      }
    };
    for (const credential of [user.token, session, account.token]) expect(await statuses(credential)).toEqual(all(200));
    await setActive(false);
    for (const credential of [user.token, session, account.token]) expect(await statuses(credential)).toEqual(all(401));
    await setActive(true);
    for (const credential of [user.token, account.token]) expect(await statuses(credential)).toEqual(all(200));
  });

  it('personal tokens that are turned off and a suspended organization are refused', async () => {
    const reader = await aUserWith(world, world.acme, ['Viewer', 'MCP Registries']);
    const operator = { token: TEST_ENVIRONMENT.OPERATOR_TOKEN ?? '' };
    const setState = (state: string) =>
      world.call('PATCH', `/v0/organizations/${world.acme.id}`, { ...operator, body: { state } });
    expect(await statuses(reader.token)).toEqual(all(200));
    expect((await setState('suspended')).status).toBe(200);
    expect(await statuses(reader.token)).toEqual(all(403));
    await setState('active');
    expect(await statuses(reader.token)).toEqual(all(200));
    await world.call('PATCH', '/v0/organizations/me/personal-access-token-settings?force=true', {
      token: world.acme.admin,
      body: { pats_enabled: false },
    });
    expect(await statuses(reader.token)).toEqual(all(401));
    expect(await statuses(world.globex.admin)).toEqual(all(200));
  });
});
