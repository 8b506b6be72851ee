import { Client } from 'pg';
import { until } from '../../support/until';
import { aWorld, type World } from '../../support/world';
import { problems, refusal, trailOf } from '../access/support/identity';
import { aReserved, aStranger, anUpstreamsAccount, RESERVED } from './support/reserved-namespaces';

describe('reserve-namespace: POST /v0/reserved-namespaces', () => {
  let world: World;

  const reserve = (body: unknown = { namespace: 'com.example' }, token = world.acme.admin) =>
    world.call('POST', RESERVED, { token, body });
  const stored = () => world.db.query<{ namespace: string }>('select namespace from reserved_namespace');

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(() => world.db.query('delete from reserved_namespace'));

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the namespace in lower case', async () => {
      const answer = await reserve({ namespace: 'IO.GitHub.Acme-Corp' });
      expect(answer.status).toBe(201);
      expect(answer.json()).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        namespace: 'io.github.acme-corp',
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      });
    });

    it.each(['a', '7', 'localhost', 'xn--bcher-kva.example', 'com..example', 'n'.repeat(198)])(
      'takes what a name may begin with: %s',
      async (namespace) => {
        expect((await reserve({ namespace })).json()).toMatchObject({ namespace });
      },
    );

    it('takes one below another that is reserved already', async () => {
      await reserve();
      expect((await reserve({ namespace: 'com.example.tools' })).status).toBe(201);
    });

    it('is for the worker to enforce, and nothing else is', async () => {
      await aReserved(world, world.globex);
      await world.db.query('update reserved_namespace set is_enforced = true');
      await reserve();
      expect(
        await world.db.query('select org_id, namespace, is_enforced from reserved_namespace order by number'),
      ).toEqual([
        { org_id: world.globex.id, namespace: 'com.example', is_enforced: true },
        { org_id: world.acme.id, namespace: 'com.example', is_enforced: false },
      ]);
    });

    it('gets its number after whoever has reserved something a moment before has committed', async () => {
      const other = new Client({ connectionString: world.db.superuserUrl });
      await other.connect();
      try {
        await other.query('begin');
        await other.query('select pg_advisory_xact_lock(hashtextextended($1, 0))', [
          `quota/${world.acme.id}/reserved_namespaces`,
        ]);
        const answer = reserve();
        await until('it waits', async () => {
          const waiting = await world.db.query(
            `select from pg_stat_activity where datname = current_database() and wait_event = 'advisory'`,
          );
          return waiting.length === 1;
        });
        await other.query(`insert into reserved_namespace (org_id, id, namespace) values ($1, $1, 'com.another')`, [
          world.acme.id,
        ]);
        await other.query('commit');
        expect((await answer).status).toBe(201);
      } finally {
        await other.end();
      }
      expect(await world.db.query('select namespace from reserved_namespace order by number')).toEqual([
        { namespace: 'com.another' },
        { namespace: 'com.example' },
      ]);
    });

    it('keeps nobody of the organization from publishing there', async () => {
      await reserve();
      const id = await world.aRegistry(world.acme, 'tools');
      const body = { name: 'com.example/weather', description: 'Tells the weather', version: '1.0.0' };
      expect((await world.publish(world.acme, id, body)).status).toBe(200);
    });

    it('writes one audit row with the namespace', async () => {
      const trail = await trailOf(world, world.acme, () => reserve({ namespace: 'Com.Example' }));
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'reserved_namespace.create',
          target_name: 'com.example',
          before: null,
          after: expect.objectContaining({ namespace: 'com.example' }) as object,
        }),
      ]);
    });

    it('reserves 1,000 and no more, also of many at the same time', async () => {
      await world.db.query(
        `insert into reserved_namespace (org_id, id, namespace)
         select $1, gen_random_uuid(), 'com.n' || n from generate_series(6, 1000) n`,
        [world.acme.id],
      );
      const answers = await Promise.all(
        Array.from({ length: 9 }, (_, index) => reserve({ namespace: `org.n${index}` })),
      );
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
      const refused = await reserve();
      expect(refusal(refused)).toEqual([403, 'quota_exceeded']);
      expect(refused.json().detail).toBe(
        'Maximum number of reserved namespaces exceeded. Max allowed: 1000. In use: 1000.',
      );
      expect((await reserve(undefined, world.globex.admin)).status).toBe(201);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{}, 'namespace', 'required'],
      [{ namespace: null }, 'namespace', 'is_string'],
      [{ namespace: 5 }, 'namespace', 'is_string'],
      [{ namespace: '' }, 'namespace', 'min_length'],
      [{ namespace: 'n'.repeat(199) }, 'namespace', 'max_length'],
      [{ namespace: 'com.example/' }, 'namespace', 'matches_regex'],
      [{ namespace: 'com.example/weather' }, 'namespace', 'matches_regex'],
      [{ namespace: 'com.example.*' }, 'namespace', 'matches_regex'],
      [{ namespace: '.com' }, 'namespace', 'matches_regex'],
      [{ namespace: 'com.' }, 'namespace', 'matches_regex'],
      [{ namespace: 'com.example\n' }, 'namespace', 'matches_regex'],
      [{ namespace: 'com_example' }, 'namespace', 'matches_regex'],
      [{ namespace: 'com.exämple' }, 'namespace', 'matches_regex'],
      [{ namespace: 'com.\u212aelvin' }, 'namespace', 'matches_regex'],
      [{ namespace: 'com.example', reason: 'x' }, 'reason', 'unknown_property'],
    ])('row %# names the field and the rule, and nothing is reserved', async (body, field, rule) => {
      const answer = await reserve(body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await stored()).toEqual([]);
    });

    it('reserves a namespace once, whatever its case, also for two at the same time', async () => {
      const answers = await Promise.all([reserve(), reserve({ namespace: 'COM.example' })]);
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409]);
      expect(refusal(await reserve())).toEqual([409, 'reserved_namespace_exists']);
      expect(await stored()).toEqual([{ namespace: 'com.example' }]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await world.call('POST', RESERVED, { body: { namespace: 'com.example' } })).status).toBe(401);
      expect(await stored()).toEqual([]);
    });
  });

  describe('requires the permission', () => {
    it('is for an Admin of upstreams, and for nobody else', async () => {
      for (const token of [await anUpstreamsAccount(world, world.acme, 'Viewer'), await aStranger(world, world.acme)])
        expect(refusal(await reserve(undefined, token))).toEqual([403, 'forbidden']);
      expect(await stored()).toEqual([]);
      expect((await reserve(undefined, await anUpstreamsAccount(world, world.acme, 'Admin'))).status).toBe(201);
    });
  });

  describe('hides other organizations', () => {
    it('reserves what another organization has reserved, for itself', async () => {
      const theirs = await aReserved(world, world.globex);
      const answer = await reserve();
      expect(answer.status).toBe(201);
      expect(answer.json().id).not.toBe(theirs.id);
    });
  });
});
