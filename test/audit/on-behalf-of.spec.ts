import { v5 as uuidv5 } from 'uuid';
import { ask, idp, issuer, KEY, member, own, seconds, statusOf, useJwtWorld, world } from '../security/jwt-world';

interface Row {
  readonly action: string;
  readonly principal_type: string;
  readonly principal_id: string;
  readonly principal_name: string | null;
  readonly on_behalf_of_type: string | null;
  readonly on_behalf_of_id: string | null;
}

const COLUMNS = 'action, principal_type, principal_id, principal_name, on_behalf_of_type, on_behalf_of_id';

useJwtWorld();

describe('A JWT that says who acts', () => {
  const rows = () => world.db.query<Row>(`select ${COLUMNS} from audit_log order by occurred_at`);
  const subjectId = () => uuidv5('agent-1', issuer.id);
  const refuseMe = (claims: object) => ask(member(KEY, claims), `/v0/registries/${own}`, 'DELETE');
  const byAgent = (action: string) => ({
    action,
    principal_type: 'jwt_subject',
    principal_id: subjectId(),
    principal_name: 'idp/scheduler',
    on_behalf_of_type: 'jwt_subject',
    on_behalf_of_id: subjectId(),
  });

  async function trail(): Promise<unknown[]> {
    const { data } = (await world.call('GET', '/v0/audit-logs?page[size]=5', { token: world.acme.admin })).json<{
      data: unknown[];
    }>();
    return data;
  }

  it('has the rights of its subject, and the trail tells both', async () => {
    expect(await statusOf(member(KEY, { act: { sub: 'scheduler' } }))).toBe(200);
    expect((await refuseMe({ act: { sub: 'scheduler', iss: 'elsewhere' } })).status).toBe(403);
    expect(await rows()).toContainEqual(byAgent('permission.deny'));
    expect((await trail())[0]).toMatchObject({
      principal: { name: 'idp/scheduler' },
      on_behalf_of: { type: 'jwt_subject', id: subjectId(), name: 'idp/agent-1' },
    });
  });

  it('names the one who acts now, not those who acted before him', async () => {
    await refuseMe({ act: { sub: 'scheduler', act: { sub: 'former' } } });
    expect(await rows()).toContainEqual(byAgent('permission.deny'));
  });

  it.each([
    ['nothing', {}],
    ['no object', { act: 'scheduler' }],
    ['no subject', { act: { client_id: 'scheduler' } }],
    ['no text', { act: { sub: 7 } }],
  ])('by %s speaks for its subject alone', async (_, claims) => {
    expect((await refuseMe(claims)).status).toBe(403);
    expect(await rows()).toContainEqual({
      ...byAgent('permission.deny'),
      principal_name: null,
      on_behalf_of_type: null,
      on_behalf_of_id: null,
    });
    expect((await trail())[0]).toMatchObject({ principal: { name: 'idp/agent-1' }, on_behalf_of: null });
  });

  it.each([
    ['empty', ''],
    ['too long', 'x'.repeat(1_001)],
    ['not storable', 'a\u0000b'],
  ])('by a name that is %s is refused', async (_, sub) => {
    expect((await refuseMe({ act: { sub } })).status).toBe(401);
    const [row] = await world.db.query(`select action, reason from audit_log where result = 'denied'`);
    expect(row).toEqual({ action: 'jwt.refuse', reason: 'with an unacceptable act.sub' });
  });

  it('and is refused is told with both', async () => {
    const expired = { iat: seconds() - 600, exp: seconds() - 300 };
    expect((await refuseMe({ ...expired, act: { sub: 'scheduler' } })).status).toBe(401);
    expect(await rows()).toContainEqual(byAgent('jwt.refuse'));
  });
});

describe('A refused JWT', () => {
  it.each([
    ['expired', { iat: 0, exp: 600 }],
    ['against the rules of its issuer', { exp: seconds() + 100_000 }],
  ])('%s is told with an id of its subject, and without its name in the chain', async (_, claims) => {
    const sub = `alice-${_.length}@example.com`;
    expect((await ask(idp.token(KEY, { sub, ...claims }))).status).toBe(401);
    const id = uuidv5(sub, issuer.id);
    const stored = await world.db.query(
      `select principal_id, principal_name, target_id from audit_log where action = 'jwt.refuse'`,
    );
    expect(stored).toEqual([{ principal_id: id, principal_name: null, target_id: null }]);
    expect(await world.db.query('select name from audit_person where id = $1', [id])).toEqual([{ name: `idp/${sub}` }]);
    expect(await world.db.query(`select 1 from audit_log a where to_jsonb(a)::text like '%alice%'`)).toEqual([]);
  });
});
