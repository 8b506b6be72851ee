import { Client } from 'pg';
import { Chains } from '../../audit/chains';
import { until } from '../../support/until';
import { aWorld, type World } from '../../support/world';

interface Verification {
  readonly status: string;
  readonly next: string | null;
  readonly [key: string]: unknown;
}

interface Checkpoints {
  readonly data: readonly { readonly sequence: number; readonly token: string }[];
}

describe('verify-audit-logs: GET /v0/audit-logs/verify', () => {
  let world: World;
  let chains: Chains;
  let token: string;

  const verify = (query = '', as = world.acme.admin) =>
    world.call('GET', `/v0/audit-logs/verify${query}`, { token: as });
  const tokenOf = async (admin: string) =>
    (await world.call('GET', '/v0/audit-logs/checkpoints', { token: admin })).json<Checkpoints>().data[0]?.token ?? '';

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_EXPORT: '1000/1000' });
    chains = new Chains(world);
    for (const { id } of [world.acme, world.globex]) {
      await chains.write(id, 9);
      await chains.seal(id);
    }
    token = await tokenOf(world.acme.admin);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with what was verified', async () => {
      const answer = await verify();
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({
        status: 'valid',
        complete: true,
        from_sequence: 1,
        through_sequence: 10,
        rows_verified: 10,
        checkpoints_verified: 1,
        first_bad_sequence: null,
        problem: null,
        detail: 'The rows 1 to 10 are as they were sealed, and none is missing or was put in.',
        given_checkpoint: null,
        unsealed_since: null,
        next: null,
      });
    });

    it('says since when a row waits to be sealed', async () => {
      const { id, admin } = await world.anOrganization('waiting');
      const { unsealed_since: since } = (await verify('', admin)).json<Verification>();
      const [row] = await world.db.query<{ at: string }>(
        `select rfc3339(min(occurred_at)) as at from audit_log where org_id = $1`,
        [id],
      );
      expect(since).toBe(row?.at);
    });

    it('tells the first row that is not as it was sealed', async () => {
      const { id, admin } = await world.anOrganization('tampered');
      await chains.write(id, 9);
      await chains.seal(id);
      await world.db.query(
        `update audit_log a set user_agent = 'other' from audit_seal s
         where s.org_id = $1 and s.sequence >= 4 and a.org_id = s.org_id and a.id = s.audit_id`,
        [id],
      );
      const answer = await verify('', admin);
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({
        status: 'broken',
        complete: false,
        through_sequence: 3,
        rows_verified: 3,
        first_bad_sequence: 4,
        problem: 'row_changed',
        next: null,
      });
    });

    it('holds a checkpoint that was kept elsewhere against the chain', async () => {
      expect((await verify(`?checkpoint=${token}`)).json()).toMatchObject({
        status: 'valid',
        given_checkpoint: 'fits',
      });
      const { id, admin } = await world.anOrganization('cut');
      await chains.write(id, 9);
      await chains.seal(id);
      const kept = await tokenOf(admin);
      for (const table of ['audit_log', 'audit_seal', 'audit_checkpoint'])
        await world.db.query(`delete from ${table} where org_id = $1`, [id]);
      expect((await verify('', admin)).json()).toMatchObject({ status: 'valid' });
      expect((await verify(`?checkpoint=${kept}`, admin)).json()).toMatchObject({
        status: 'broken',
        problem: 'chain_cut',
        first_bad_sequence: 1,
      });
    });

    it('goes on where the answer before it ended', async () => {
      const { id, admin } = await world.anOrganization('long');
      await world.db.query(
        `insert into audit_log (org_id, id, kind, action, result, principal_type, principal_name, request_id)
         select $1, gen_random_uuid(), 'change', 'team.create', 'success', 'system', 'x', 'x' from generate_series(1, 5999)`,
        [id],
      );
      await chains.seal(id, 1_000);
      const kept = await tokenOf(admin);
      const first = (await verify(`?checkpoint=${kept}`, admin)).json<Verification>();
      expect(first).toMatchObject({ status: 'valid', complete: false, given_checkpoint: 'not_reached' });
      expect(first.rows_verified).toBeLessThanOrEqual(5_000);
      const second = (await world.call('GET', String(first.next), { token: admin })).json<Verification>();
      expect(second).toMatchObject({
        status: 'valid',
        complete: true,
        from_sequence: Number(first.through_sequence) + 1,
        through_sequence: 6_000,
        given_checkpoint: 'fits',
        next: null,
      });
    });

    describe('is one of few that run at once', () => {
      /** Verifications that have begun and go on when the test says so. */
      const held = async (admins: readonly string[], work: () => Promise<void>) => {
        const holder = new Client({ connectionString: world.db.superuserUrl });
        await holder.connect();
        try {
          await holder.query('begin; lock table audit_boundary in access exclusive mode');
          const running = admins.map((admin) => verify('', admin));
          await until('the verifications have begun', async () => {
            const [row] = await world.db.query<{ waiting: number }>(
              `select count(*)::integer as waiting from pg_locks
             where not granted and relation = 'audit_boundary'::regclass`,
            );
            return row?.waiting === admins.length;
          });
          await work();
          await holder.query('rollback');
          expect((await Promise.all(running)).map(({ status }) => status)).toEqual(admins.map(() => 200));
        } finally {
          await holder.end();
        }
      };

      it('answers 429 to a second one of the organization, and none when the first has ended', async () => {
        await held([world.acme.admin], async () => {
          const second = await verify();
          expect([second.status, second.json().type]).toEqual([429, 'urn:portolan:error:rate_limited']);
          expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
        });
        expect((await verify()).status).toBe(200);
      });

      it('answers 429 to a third one of all organizations', async () => {
        const { admin } = await world.anOrganization('third');
        await held([world.acme.admin, world.globex.admin], async () => {
          expect((await verify('', admin)).status).toBe(429);
        });
        expect((await verify('', admin)).status).toBe(200);
      });

      it('takes no place for a request that is refused', async () => {
        for (let again = 0; again < 3; again += 1) expect((await verify('?checkpoint=x')).status).toBe(400);
        expect((await verify()).status).toBe(200);
      });
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['page[after]=', 'page[after]', 'invalid'],
      ['page[after]=x', 'page[after]', 'invalid'],
      [`page[after]=${Buffer.from('1_2_3_').toString('base64url')}`, 'page[after]', 'invalid'],
      ['checkpoint=', 'checkpoint', 'invalid'],
      ['checkpoint=x', 'checkpoint', 'invalid'],
      ['checkpoint=e30.e30', 'checkpoint', 'invalid'],
      [`checkpoint=e30.${'A'.repeat(86)}`, 'checkpoint', 'invalid'],
      ['page[size]=5', 'page[size]', 'unknown_property'],
      ['organization=x', 'organization', 'unknown_property'],
    ])('%s names the parameter and the rule', async (query, field, rule) => {
      const answer = await verify(`?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query' }),
      ]);
    });

    it('takes a checkpoint as it was given and in no other writing', async () => {
      const [text = '', signature = ''] = token.split('.');
      const said = JSON.parse(Buffer.from(text, 'base64url').toString()) as Record<string, unknown>;
      const written = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
      for (const other of [
        `${token}.`,
        `${token}x`,
        `${text}.${signature.slice(1)}`,
        `${written({ ...said, more: 1 })}.${signature}`,
        `${written({ ...said, sequence: 0 })}.${signature}`,
        `${written({ ...said, sequence: '10' })}.${signature}`,
        `${written({ ...said, type: 'audit_boundary' })}.${signature}`,
        `${written([said])}.${signature}`,
      ])
        expect((await verify(`?checkpoint=${other}`)).status).toBe(400);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401', async () => {
      expect((await world.call('GET', '/v0/audit-logs/verify')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each(['Admin', 'Creator', 'Publisher', 'Viewer'] as const)(
      'answers 403 to a %s of every registry',
      async (role) => {
        const account = await world.aSystemAccount(world.acme, [{ role, on: '*' }]);
        expect((await verify('', account)).status).toBe(403);
      },
    );
  });

  describe('hides other organizations', () => {
    it('verifies the chain of the own organization only', async () => {
      await world.db.query(`update audit_log set user_agent = 'other' where org_id = $1`, [world.globex.id]);
      expect((await verify('')).json()).toMatchObject({ status: 'valid' });
      expect((await verify('', world.globex.admin)).json()).toMatchObject({ status: 'broken', first_bad_sequence: 1 });
    });

    it('answers a checkpoint of another organization like one that is none', async () => {
      const problem = async (query: string) =>
        (await verify(query)).json<{ invalid_parameters: unknown[] }>().invalid_parameters;
      expect(await problem(`?checkpoint=${await tokenOf(world.globex.admin)}`)).toEqual(await problem('?checkpoint=x'));
    });

    it('answers a position of another organization like one that is none', async () => {
      const { next } = await chains.verify(world.globex.id, { rowsMax: 0 });
      expect((await verify(`?page[after]=${next}`)).status).toBe(400);
    });
  });
});
