import { startOidcProvider, type OidcProvider } from '../support/oidc';
import { sealAll, verifyAll } from '../support/sealing';
import { aWorld, type Organization, type World } from '../support/world';
import { GRACE, liveAsUser, liveBySso, TELLING, type Lived } from './people';

interface Told {
  readonly id: string;
  readonly action: string;
  readonly principal: { readonly id: string | null; readonly name: string | null };
  readonly target: { readonly type: string | null; readonly id: string | null; readonly name: string | null };
  readonly before: unknown;
  readonly after: unknown;
}

describe('Privacy of the audit trail', () => {
  let world: World;
  let provider: OidcProvider;

  /** Which columns of which audit tables hold one of the texts, and how often. */
  async function columnsWith(organization: Organization, texts: readonly string[]): Promise<string[]> {
    const columns = await world.db.query<{ table: string; column: string }>(
      `select c.relname as table, a.attname as column
       from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where c.relname like 'audit\\_%' and c.relkind in ('r', 'p') and c.relnamespace = 'public'::regnamespace
         and exists (select from pg_attribute o where o.attrelid = c.oid and o.attname = 'org_id')`,
    );
    const found: string[] = [];
    for (const { table, column } of columns)
      for (const text of texts) {
        const [row] = await world.db.query<{ count: number }>(
          `select count(*)::int as count from ${table}
           where org_id = $1 and position(lower($2) in lower(${column}::text)) > 0`,
          [organization.id, text],
        );
        if ((row?.count ?? 0) > 0) found.push(`${table}.${column}: ${text}`);
      }
    return found;
  }

  async function trail({ admin }: Organization): Promise<Told[]> {
    const answer = await world.call('GET', '/v0/audit-logs?page[size]=1000', { token: admin });
    expect(answer.status).toBe(200);
    return answer.json<{ data: Told[] }>().data;
  }

  const seal = ({ id }: Organization) => sealAll(world.app, id);
  const verified = ({ id }: Organization) => verifyAll(world.app, id);

  const erase = async ({ admin }: Organization, id: string) => {
    expect((await world.call('DELETE', `/v0/users/${id}`, { token: admin })).status).toBe(204);
  };

  beforeEach(async () => {
    [world, provider] = await Promise.all([aWorld({ RATE_LIMIT_AUTH: '1000/1000' }), startOidcProvider()]);
  });

  afterEach(async () => {
    await provider.close();
    await world.close();
  });

  it('keeps names and addresses of people out of what the chain makes unchangeable', async () => {
    await liveAsUser(world, world.acme);
    await liveBySso(world, world.globex, provider);
    for (const organization of [world.acme, world.globex]) {
      const found = await columnsWith(organization, TELLING);
      expect(found.filter((one) => !/^audit_person(al)?\./.test(one))).toEqual([]);
    }
    const everybody = await world.db.query<{ org_id: string; text: string }>(
      `select org_id, text from user_account, unnest(array[email, full_name, preferred_name]) text where text is not null`,
    );
    for (const { org_id: orgId, text } of everybody) {
      const rows = await world.db.query(
        `select action from audit_log a where org_id = $1 and position(lower($2) in lower(a::text)) > 0`,
        [orgId, text],
      );
      expect([text, rows]).toEqual([text, []]);
    }
  });

  describe('of a deleted user', () => {
    let grace: Lived;

    beforeEach(async () => {
      grace = await liveAsUser(world, world.acme);
    });

    it('is told with his name before, and by his id alone afterwards', async () => {
      const before = await trail(world.acme);
      const about = before.filter((row) => JSON.stringify(row).includes(grace.id));
      const actions = new Set(about.map(({ action }) => action));
      for (const action of [
        'user.invite',
        'user.join',
        'user.update',
        'team.member.add',
        'team.member.remove',
        'role.assign',
        'role.unassign',
        'session.create',
        'session.end',
        'session.refuse',
        'invite.revoke',
        'permission.deny',
        'token.create',
        'token.refuse',
        'registry.create',
      ])
        expect([action, actions.has(action)]).toEqual([action, true]);
      for (const { action, principal, target } of about) {
        if (principal.id === grace.id) expect([action, principal.name]).toEqual([action, GRACE.email]);
        if (target.id === grace.id) expect([action, target.name]).toEqual([action, GRACE.email]);
      }
      const update = about.find(({ action, before: was }) => action === 'user.update' && was !== null);
      expect(update?.after).toMatchObject({ email: GRACE.email, full_name: GRACE.name });

      await erase(world.acme, grace.id);
      expect(await columnsWith(world.acme, TELLING)).toEqual([]);
      const after = await trail(world.acme);
      const rows = new Map(after.map((row) => [row.id, row]));
      expect(after).toHaveLength(before.length + 1);
      for (const row of about) {
        const now = rows.get(row.id);
        expect(now).toMatchObject({
          action: row.action,
          principal: { id: row.principal.id },
          target: { id: row.target.id },
        });
        if (row.principal.id === grace.id) expect(now?.principal.name).toBeNull();
        if (row.target.id === grace.id) expect(now?.target.name).toBeNull();
      }
      const text = JSON.stringify(after);
      for (const part of TELLING) expect([part, text.includes(part)]).toEqual([part, false]);
    });

    it('leaves the chain verifiable, of rows sealed before and after', async () => {
      await seal(world.acme);
      await erase(world.acme, grace.id);
      await seal(world.acme);
      const [row] = await world.db.query<{ count: number }>(
        'select count(*)::int as count from audit_log where org_id = $1',
        [world.acme.id],
      );
      expect(await verified(world.acme)).toMatchObject({ status: 'valid', complete: true, rows_verified: row?.count });
    });

    it('is not brought back by what still carries his credential', async () => {
      await erase(world.acme, grace.id);
      expect((await world.call('GET', '/v0/users/me', { token: grace.token })).status).toBe(401);
      // A request that was let in before, and writes after.
      await world.db.query(
        `insert into audit_person (org_id, id, name, salt) values ($1, $2, $3, 'salt') on conflict do nothing`,
        [world.acme.id, grace.id, GRACE.email],
      );
      await world.call('POST', '/v0/login', {
        body: { login_path: 'acme', email: GRACE.email, password: 'whatever it was' },
      });
      expect(await columnsWith(world.acme, TELLING)).toEqual([]);
    });

    it('is told again, under another id, when somebody of the same address is invited', async () => {
      await erase(world.acme, grace.id);
      const body = { email: GRACE.email };
      const answer = await world.call('POST', '/v0/invites', { token: world.acme.admin, body });
      expect(answer.status).toBe(201);
      const rows = await trail(world.acme);
      expect(rows[0]).toMatchObject({ action: 'user.invite', target: { name: GRACE.email } });
      expect(rows.filter((row) => row.target.id === grace.id).map(({ target }) => target.name)).not.toContain(
        GRACE.email,
      );
    });

    it('leaves a user of the same address in another organization alone', async () => {
      const other = await liveAsUser(world, world.globex);
      const before = await trail(world.globex);
      await erase(world.acme, grace.id);
      expect(await trail(world.globex)).toEqual(before);
      expect(before.some(({ principal }) => principal.id === other.id && principal.name === GRACE.email)).toBe(true);
    });
  });

  it('of a deleted user who came by an identity provider is the same', async () => {
    const id = await liveBySso(world, world.acme, provider);
    expect(await columnsWith(world.acme, TELLING)).not.toEqual([]);
    await seal(world.acme);
    await erase(world.acme, id);
    expect(await columnsWith(world.acme, TELLING)).toEqual([]);
    expect(await verified(world.acme)).toMatchObject({ status: 'valid' });
  });

  it('erases a user who deletes himself', async () => {
    const grace = await liveAsUser(world, world.acme);
    const admin = await world.db.query<{ id: string }>(
      `select id from team where org_id = $1 and name = 'Organization Admin'`,
      [world.acme.id],
    );
    await world.call('POST', `/v0/teams/${admin[0]?.id ?? ''}/users`, {
      token: world.acme.admin,
      body: { id: grace.id },
    });
    const answer = await world.call('DELETE', `/v0/users/${grace.id}?force=true`, { token: grace.token });
    expect(answer.status).toBe(204);
    expect(await columnsWith(world.acme, TELLING)).toEqual([]);
  });
});
