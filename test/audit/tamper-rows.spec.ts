import { aWorld, type World } from '../support/world';
import { Chains, SOUND } from './chains';

const K = 500;
/** What is chained of a row besides its key, and a value that it does not have. */
const OTHER: Readonly<Record<string, string>> = {
  format: '2',
  kind: `'access'`,
  action: `'token.delete'`,
  result: `'failure'`,
  reason: `coalesce(reason, '') || 'x'`,
  principal_type: `'operator'`,
  principal_id: 'gen_random_uuid()',
  principal_name: `coalesce(principal_name, '') || 'x'`,
  on_behalf_of_type: `'system'`,
  on_behalf_of_id: 'gen_random_uuid()',
  credential_id: 'gen_random_uuid()',
  request_id: `request_id || '0'`,
  trace_id: `coalesce(trace_id, '') || '0'`,
  address: `'198.51.100.1'`,
  user_agent: `coalesce(user_agent, '') || ' '`,
  target_type: `'other'`,
  target_id: `target_id || ' '`,
  target_name: `coalesce(target_name, '') || '.'`,
  parent_type: `'other'`,
  parent_id: `coalesce(parent_id, '') || 'x'`,
  registry_id: 'gen_random_uuid()',
  person_id: 'gen_random_uuid()',
  before: `'{"a": 1}'`,
  after: `'{"a": 1}'`,
};
const REQUIRED = ['format', 'kind', 'action', 'result', 'principal_type', 'request_id'];
const KEY = ['org_id', 'id', 'occurred_at'];

describe('A sealed row', () => {
  let world: World;
  let chains: Chains;
  let restore: () => Promise<void>;
  let org: string;

  const told = () => chains.told(org);
  /** Runs a statement about a row of the trail, called `a`, by its number. */
  const change = (set: string, sequence = K) =>
    world.db.query(
      `update audit_log a set ${set} from audit_seal s
       where s.org_id = $1 and s.sequence = $2 and a.org_id = s.org_id and a.id = s.audit_id`,
      [org, sequence],
    );
  const firstWith = async (condition: string) => {
    const [row] = await world.db.query<{ sequence: number }>(
      `select s.sequence::float8 as sequence from audit_seal s
       join audit_log a on a.org_id = s.org_id and a.id = s.audit_id
       where s.org_id = $1 and s.sequence > $2 and ${condition} order by s.sequence limit 1`,
      [org, K],
    );
    return row?.sequence ?? 0;
  };

  beforeAll(async () => {
    world = await aWorld();
    chains = new Chains(world);
    org = world.acme.id;
    await chains.write(org, 9);
    await chains.seal(org);
    await chains.write(org, 1_020);
    await chains.seal(org);
    await chains.write(world.globex.id, 20);
    await chains.seal(world.globex.id);
    restore = await chains.keep();
  });

  afterEach(() => restore());
  afterAll(() => world.close());

  it('is found to be as it was, while nobody changed it', async () => {
    const verification = await chains.verify(org);
    expect(verification).toEqual({
      status: 'valid',
      complete: true,
      from_sequence: 1,
      through_sequence: 1_030,
      rows_verified: 1_030,
      checkpoints_verified: 2,
      first_bad_sequence: null,
      problem: null,
      detail: 'The rows 1 to 1030 are as they were sealed, and none is missing or was put in.',
      given_checkpoint: null,
      unsealed_since: null,
      next: null,
    });
  });

  it('has no column that the chain leaves out', async () => {
    const columns = await world.db.query<{ name: string }>(
      `select column_name as name from information_schema.columns where table_name = 'audit_log' and table_schema = 'public'`,
    );
    expect(columns.map(({ name }) => name).sort()).toEqual([...KEY, ...Object.keys(OTHER)].sort());
  });

  it.each(Object.entries(OTHER))('is told by its number when %s became %s', async (column, value) => {
    await change(`${column} = ${value}`);
    expect(await told()).toEqual({ problem: 'row_changed', at: K });
  });

  it.each(Object.keys(OTHER).filter((column) => !REQUIRED.includes(column)))(
    'is told by its number when %s was taken away',
    async (column) => {
      const sequence = await firstWith(`a.${column} is not null`);
      await change(`${column} = null`, sequence);
      expect(await told()).toEqual({ problem: 'row_changed', at: sequence });
    },
  );

  it.each([
    ['occurred_at', `a.occurred_at + interval '1 microsecond'`],
    ['id', 'gen_random_uuid()'],
  ])('is told by its number when %s was changed', async (column, value) => {
    await change(`${column} = ${value}`);
    expect(await told()).toEqual({ problem: 'row_missing', at: K });
  });

  it.each([
    ['a value at depth', `after = jsonb_set(after, '{nested,deep,0,a}', '3')`],
    ['a key that came to it', `after = after || '{"x": null}'`],
    ['a key that went', `after = after - 'description'`],
    ['a number that became text', `after = jsonb_set(after, '{nested,deep,0,a}', '"2"')`],
  ])('is told by its number by %s', async (_, set) => {
    const sequence = await firstWith(`a.action = 'server.version.edit'`);
    await change(set, sequence);
    expect(await told()).toEqual({ problem: 'row_changed', at: sequence });
  });

  it('is told in the rows after the last checkpoint, too', async () => {
    for (const sequence of [1_011, 1_030]) {
      await change(`user_agent = 'other'`, sequence);
      expect(await told()).toEqual({ problem: 'row_changed', at: sequence });
      await restore();
    }
  });

  it('is told first of many', async () => {
    for (const sequence of [900, 3, 77, 1_020]) await change(`user_agent = 'other'`, sequence);
    expect(await told()).toEqual({ problem: 'row_changed', at: 3 });
  });

  it('is told by its number when it was deleted', async () => {
    await world.db.query(
      `delete from audit_log a using audit_seal s
       where s.org_id = $1 and s.sequence = $2 and a.org_id = s.org_id and a.id = s.audit_id`,
      [org, K],
    );
    expect(await told()).toEqual({ problem: 'row_missing', at: K });
  });

  it('is told by its number when it was deleted with its seal', async () => {
    await world.db.query(
      `with seal as (delete from audit_seal where org_id = $1 and sequence = $2 returning audit_id)
       delete from audit_log a using seal where a.org_id = $1 and a.id = seal.audit_id`,
      [org, K],
    );
    expect(await told()).toEqual({ problem: 'seal_missing', at: K });
  });

  it('is told by its number when its seal was deleted alone', async () => {
    await world.db.query(`delete from audit_seal where org_id = $1 and sequence = $2`, [org, K]);
    expect(await told()).toEqual({ problem: 'seal_missing', at: K });
  });

  it('is told when what it says was swapped with another', async () => {
    await world.db.query(
      `update audit_log a set after = o.after, action = o.action, target_id = o.target_id, target_name = o.target_name
       from audit_seal s, audit_seal t, audit_log o
       where s.org_id = $1 and t.org_id = $1 and a.org_id = $1 and o.org_id = $1 and a.id = s.audit_id
         and o.id = t.audit_id and (s.sequence, t.sequence) in (($2::bigint, $2::bigint + 3), ($2::bigint + 3, $2::bigint))`,
      [org, K],
    );
    expect(await told()).toEqual({ problem: 'row_changed', at: K });
  });

  it('is told when its number was swapped with another', async () => {
    for (const [from, to] of [
      [K, 9_999],
      [K + 3, K],
      [9_999, K + 3],
    ])
      await world.db.query(`update audit_seal set sequence = $3 where org_id = $1 and sequence = $2`, [org, from, to]);
    expect(await told()).toEqual({ problem: 'hash_wrong', at: K });
  });

  it.each(['principal_digest', 'person_digest', 'personal_digest', 'digest'])(
    'is told when the %s of its seal was changed',
    async (column) => {
      await world.db.query(`update audit_seal set ${column} = sha256('x'::bytea) where org_id = $1 and sequence = $2`, [
        org,
        K,
      ]);
      expect(await told()).toEqual({ problem: 'row_changed', at: K });
    },
  );

  it.each([
    ['hash', `sha256('x'::bytea)`],
    ['sealed_at', `sealed_at + interval '1 second'`],
  ])('is told when the %s of its seal was changed', async (column, value) => {
    await world.db.query(`update audit_seal set ${column} = ${value} where org_id = $1 and sequence = $2`, [org, K]);
    expect(await told()).toEqual({ problem: 'hash_wrong', at: K });
  });

  it.each([
    ['name', `name = 'Somebody else'`],
    ['salt', `salt = uuid_send(gen_random_uuid())`],
  ])('is told first of those of a person whose %s was changed', async (_, set) => {
    const sequence = await firstWith('a.person_id is not null');
    await world.db.query(
      `update audit_person p set ${set} from audit_seal s join audit_log a on a.org_id = s.org_id and a.id = s.audit_id
       where s.org_id = $1 and s.sequence = $2 and p.org_id = a.org_id and p.id = a.person_id`,
      [org, sequence],
    );
    const [first] = await world.db.query<{ sequence: number }>(
      `select min(s.sequence)::float8 as sequence from audit_seal s
       join audit_log a on a.org_id = s.org_id and a.id = s.audit_id
       join audit_log b on b.org_id = a.org_id
       join audit_seal k on k.org_id = b.org_id and k.audit_id = b.id and k.sequence = $2
       where s.org_id = $1 and b.person_id in (a.principal_id, a.person_id, a.on_behalf_of_id)`,
      [org, sequence],
    );
    expect(await told()).toEqual({ problem: 'personal_data_changed', at: first?.sequence });
  });

  it.each([
    ['was changed', `data = jsonb_set(data, '{after,email}', '"mallory@example.com"')`],
    ['has another salt', `salt = uuid_send(gen_random_uuid())`],
  ])('is told by its number when its personal data %s', async (_, set) => {
    const sequence = await firstWith('a.person_id is not null and a.after is not null');
    await world.db.query(
      `update audit_personal p set ${set} from audit_seal s
       where s.org_id = $1 and s.sequence = $2 and p.org_id = s.org_id and p.audit_id = s.audit_id`,
      [org, sequence],
    );
    expect(await told()).toEqual({ problem: 'personal_data_changed', at: sequence });
  });

  it('is told when personal data was put beside it', async () => {
    const sequence = await firstWith(`a.action = 'registry.create'`);
    await world.db.query(
      `insert into audit_personal (org_id, audit_id, occurred_at, person_id, salt, data)
       select org_id, audit_id, occurred_at, gen_random_uuid(), uuid_send(gen_random_uuid()), '{"after": {"name": "x"}}'
       from audit_seal where org_id = $1 and sequence = $2`,
      [org, sequence],
    );
    expect(await told()).toEqual({ problem: 'personal_data_changed', at: sequence });
  });

  describe('of which the chain does not know', () => {
    const smuggle = (columns: string, values: string) =>
      chains.untriggered(() =>
        world.db.query(
          `insert into audit_log (org_id, id, occurred_at, kind, action, result, principal_type, request_id ${columns})
           select org_id, gen_random_uuid(), occurred_at + interval '1 microsecond', kind, action, result,
                  principal_type, request_id ${values}
           from audit_log where org_id = $1 and id = (select audit_id from audit_seal where org_id = $1 and sequence = $2)`,
          [org, K],
        ),
      );

    it('is told with the number after which it stands', async () => {
      await smuggle('', '');
      const verification = await chains.verify(org);
      expect(verification).toMatchObject({ status: 'broken', problem: 'row_not_in_chain', first_bad_sequence: K });
      const [row] = await world.db.query<{ id: string }>(
        `select id from audit_log a where org_id = $1
         and not exists (select from audit_seal s where s.org_id = a.org_id and s.audit_id = a.id)`,
        [org],
      );
      expect(verification.detail).toContain(row?.id);
    });

    it('is told when it came before the first', async () => {
      await chains.untriggered(() =>
        world.db.query(
          `insert into audit_log select (a).* from (
             select jsonb_populate_record(a, jsonb_build_object('id', gen_random_uuid(), 'occurred_at',
                      (select min(occurred_at) - interval '1 microsecond' from audit_log where org_id = $1))) as a
             from audit_log a where org_id = $1 limit 1) x`,
          [org],
        ),
      );
      expect(await told()).toEqual({ problem: 'row_not_in_chain', at: 0 });
    });

    it('is told when it bears the id of a sealed one', async () => {
      await chains.untriggered(() =>
        world.db.query(
          `insert into audit_log select (a).* from (
             select jsonb_populate_record(a, jsonb_build_object('occurred_at', a.occurred_at + interval '1 microsecond')) as a
             from audit_log a
             where org_id = $1 and id = (select audit_id from audit_seal where org_id = $1 and sequence = $2)) x`,
          [org, K],
        ),
      );
      expect(await told()).toEqual({ problem: 'row_not_in_chain', at: K });
    });

    it('is told when it was sealed for another organization', async () => {
      await chains.untriggered(() =>
        world.db.query(
          `insert into audit_log select (a).* from (
             select jsonb_populate_record(a, jsonb_build_object('org_id', $1::uuid)) as a
             from audit_log a where org_id = $2 limit 1) x`,
          [org, world.globex.id],
        ),
      );
      expect((await told()).problem).toBe('row_not_in_chain');
    });

    it('does not hide a change before it', async () => {
      await smuggle('', '');
      await change(`user_agent = 'other'`, 20);
      expect(await told()).toEqual({ problem: 'row_changed', at: 20 });
    });

    it('is not told while it waits to be sealed', async () => {
      await chains.write(org, 3);
      const { unsealed_since: since, ...verification } = await chains.verify(org);
      expect(verification).toMatchObject({ status: 'valid', through_sequence: 1_030 });
      expect(since).toMatch(/^\d{4}-.*\.\d{6}Z$/);
    });
  });

  it('is told when it was deleted before it was sealed', async () => {
    await chains.write(org, 3);
    const [row] = await world.db.query<{ id: string }>(
      `delete from audit_log where org_id = $1 and id = (
         select id from audit_unsealed where org_id = $1 order by occurred_at offset 1 limit 1) returning id`,
      [org],
    );
    await chains.seal(org);
    expect(row?.id).toBeDefined();
    expect(await told()).toEqual({ problem: 'row_missing', at: 1_032 });
  });

  it('does not depend on those of other organizations', async () => {
    await change(`user_agent = 'other'`);
    expect(await chains.told(world.globex.id)).toEqual(SOUND);
  });
});
