import { CreateOrganization, mintAdministratorToken } from '@portolan/access';
import { aWorld, type Organization, type World } from '../../support/world';
import { idOf, predefinedTeam } from './support/identity';

const TRACE_ID = '0'.repeat(31) + '2';

interface Me {
  readonly id: string;
  readonly email: string;
}

/** What a start of the platform makes in an organization that it knows. */
describe('A token of an administrator of an organization that exists', () => {
  let world: World;
  let organization: Organization;
  let first: string;
  let made = 0;

  /** Makes one that does what only administrators may, and says whose it is. */
  const ensure = async (): Promise<Me> => {
    const { text: token, ...secret } = mintAdministratorToken();
    const createOrganization = world.app.get(CreateOrganization, { strict: false });
    const { id } = await createOrganization.ensure(organization.name, { text: token, ...secret }, TRACE_ID);
    expect(id).toBe(organization.id);
    const settings = await world.call('PATCH', '/v0/organizations/me/ip-allow-list', { token, body: {} });
    expect(settings.status).toBe(200);
    return (await world.call('GET', '/v0/users/me', { token })).json<Me>();
  };
  const administrators = async () => {
    const team = await predefinedTeam(world, organization, 'Organization Admin');
    const rows = await world.db.query<{ user_id: string }>(
      'select user_id from team_member where team_id = $1 order by id',
      [team],
    );
    return rows.map((row) => row.user_id);
  };
  const another = () => expect.stringMatching(`^admin-[0-9a-f]{8}@${organization.name}[.]invalid$`) as string;

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    organization = await world.anOrganization(`known-${(made += 1)}`);
    first = await idOf(world, organization.admin);
  });

  afterAll(() => world.close());

  it("is the first one's while he is an administrator", async () => {
    expect(await ensure()).toMatchObject({ id: first, email: `admin@${organization.name}.invalid` });
    expect(await administrators()).toEqual([first]);
  });

  it("is a new one's of the same address when that is free", async () => {
    await world.db.query('delete from user_account where id = $1', [first]);
    const { id, email } = await ensure();
    expect([id === first, email]).toEqual([false, `admin@${organization.name}.invalid`]);
    expect(await administrators()).toEqual([id]);
  });

  it.each([
    ['is no administrator any more', 'delete from team_member where user_id = $1'],
    ['is disabled', 'update user_account set active = false where id = $1'],
  ])("is another one's when the first one %s", async (_what, change) => {
    await world.db.query(change, [first]);
    const known = await administrators();
    const { id, email } = await ensure();
    expect(email).toEqual(another());
    expect(await administrators()).toEqual([...known, id]);
  });

  it("is another one's when somebody who is invited has the address, however it is written", async () => {
    await world.db.query('delete from user_account where id = $1', [first]);
    await world.db.query(
      `insert into user_account (org_id, id, email, full_name, active, invited)
       values ($1, gen_random_uuid(), $2, 'Somebody', false, true)`,
      [organization.id, `ADMIN@${organization.name}.invalid`],
    );
    const { id, email } = await ensure();
    expect(email).toEqual(another());
    expect(await administrators()).toEqual([id]);
  });
});
