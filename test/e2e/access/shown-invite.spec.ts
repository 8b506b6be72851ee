import { aWorld, type World } from '../../support/world';
import { anIdentityAdmin, aTeam, refusal, trailOf, type Trail } from './support/identity';
import { accept, invite, tokenIn, type Invite } from './support/people';

const VIEWER = { role_name: 'Viewer', entity_type_name: 'MCP Registries', entity_id: '*' };
const IDENTITY_VIEWER = { ...VIEWER, entity_type_name: 'Identity' };
const REFUSED = [410, 'invite_invalid'];

/** The link of an invite can be used by whoever was shown it. */
describe('An invite whose link was shown to the inviter', () => {
  let world: World;
  let inviter: string;
  let sent: Invite;
  let teamId: string;
  let made = 0;

  const post = (path: string, body: unknown, token = world.acme.admin) => world.call('POST', path, { token, body });
  const join = (token?: string) => post(`/v0/teams/${teamId}/users`, { id: sent.user_id }, token);
  const assignToUser = (token?: string) => post(`/v0/users/${sent.user_id}/assigned-roles`, VIEWER, token);
  const assignToTeam = (token?: string, role = VIEWER) => post(`/v0/teams/${teamId}/assigned-roles`, role, token);
  const trail = (work: () => Promise<unknown>): Promise<Trail[]> => trailOf(world, world.acme, work);
  const inviteAnother = async () => {
    made += 1;
    const answer = await post('/v0/invites', { email: `user-${made}@example.com` }, inviter);
    expect(answer.status).toBe(201);
    sent = answer.json<Invite>();
    teamId = (await aTeam(world, world.acme)).id;
  };

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_AUTH: '1000/1000' });
    inviter = await anIdentityAdmin(world, world.acme);
  });

  beforeEach(inviteAnother);

  afterAll(() => world.close());

  it.each([
    ['a role to the user', () => assignToUser()],
    ['the user a team', () => join()],
    [
      'a role to a team of the user',
      async () => {
        expect((await join(inviter)).status).toBe(201);
        return assignToTeam();
      },
    ],
  ])('ends when somebody else gives %s', async (_what, give) => {
    const rows = await trail(async () => {
      expect((await give()).status).toBe(201);
    });
    expect(rows.at(-1)?.after).toMatchObject({ revoked_invites: [sent.id] });
    expect(refusal(await accept(world, tokenIn(sent)))).toEqual(REFUSED);
    const list = await world.call('GET', `/v0/invites?filter[id]=${sent.id}`, { token: world.acme.admin });
    expect(list.json()).toMatchObject({ data: [{ state: 'revoked' }] });
  });

  it('stays good for what the inviter himself gives', async () => {
    const rows = await trail(async () => {
      expect((await assignToTeam(inviter, IDENTITY_VIEWER)).status).toBe(201);
      expect((await join(inviter)).status).toBe(201);
      const own = await post(`/v0/users/${sent.user_id}/assigned-roles`, IDENTITY_VIEWER, inviter);
      expect(own.status).toBe(201);
    });
    for (const { after } of rows) expect(after).not.toHaveProperty('revoked_invites');
    expect((await accept(world, tokenIn(sent))).status).toBe(200);
  });

  it('stays good when a change for the user is refused', async () => {
    expect((await post(`/v0/users/${sent.user_id}/assigned-roles`, { ...VIEWER, entity_id: 'x' })).status).toBe(400);
    expect((await accept(world, tokenIn(sent))).status).toBe(200);
  });

  it('stays good when another invited user is given something', async () => {
    const other = await invite(world, world.acme, `other-${made}@example.com`);
    const path = `/v0/users/${other.user_id}/assigned-roles`;
    expect((await post(path, IDENTITY_VIEWER, inviter)).status).toBe(201);
    expect(refusal(await accept(world, tokenIn(other)))).toEqual(REFUSED);
    expect((await accept(world, tokenIn(sent))).status).toBe(200);
  });

  it('is not spoken of any more once the user has joined by it', async () => {
    expect((await accept(world, tokenIn(sent))).status).toBe(200);
    const rows = await trail(() => assignToUser());
    expect(rows.map(({ action }) => action)).toEqual(['role.assign']);
    expect(rows[0]?.after).not.toHaveProperty('revoked_invites');
  });

  it('never leads to a role that comes to the team while the inviter puts the user there', async () => {
    for (let round = 0; round < 10; round += 1) {
      await inviteAnother();
      const [joined, assigned] = await Promise.all([join(inviter), assignToTeam()]);
      expect(assigned.status).toBe(201);
      if (joined.status === 201) expect(refusal(await accept(world, tokenIn(sent)))).toEqual(REFUSED);
      else expect(refusal(joined)).toEqual([403, 'privilege_ceiling']);
    }
  });
});
