import { Client } from 'pg';
import { loggedDuring } from '../../support/logged';
import { aWorld, type World } from '../../support/world';
import { aMirror, anUpstream, MISSING, pathOf, refusalsOf, type Mirror } from './support/mirrors';

interface Hidden {
  readonly applied_crawl: string | null;
  readonly refused_crawl: string | null;
  readonly is_due: boolean | null;
}

describe('update-mirror: PATCH /v0/registries/{registryIdentifier}/mirrors/{mirrorId}', () => {
  let world: World;
  let id: string;
  let sibling: string;
  let foreign: string;
  let upstream: string;
  let other: string;
  let mirror: Mirror;
  let foreignMirror: Mirror;

  const update = (body: unknown, mirrorId = mirror.id, registry = id, token: string | null = world.acme.admin) =>
    world.call('PATCH', pathOf(registry, mirrorId), token === null ? { body } : { token, body });
  const stored = async (mirrorId = mirror.id) => {
    const [row] = await world.db.query<Hidden>(
      'select applied_crawl, refused_crawl, next_run_at <= clock_timestamp() as is_due from mirror where id = $1',
      [mirrorId],
    );
    return row;
  };
  const AS_IT_WAS = { applied_crawl: '7', refused_crawl: '8', is_due: false };
  const COMPARED_AGAIN = { applied_crawl: null, refused_crawl: null, is_due: true };

  beforeAll(async () => {
    world = await aWorld();
    id = await world.aRegistry(world.acme, 'tools');
    sibling = await world.aRegistry(world.acme, 'sibling');
    foreign = await world.aRegistry(world.globex, 'tools');
    upstream = await anUpstream(world, world.acme, 'partner');
    other = await anUpstream(world, world.acme, 'other');
    foreignMirror = await aMirror(world, world.globex, foreign, await anUpstream(world, world.globex, 'partner'));
  });

  beforeEach(async () => {
    await world.db.query('delete from mirror where org_id = $1', [world.acme.id]);
    mirror = await aMirror(world, world.acme, id, upstream, { include: ['com.example/*'] });
    await world.db.query(
      `update mirror set applied_crawl = 7, refused_crawl = 8, next_run_at = now() + interval '20 minutes'`,
    );
  });

  afterAll(() => world.close());

  describe('works', () => {
    it.each([
      ['include', ['io.example/*']],
      ['exclude', ['*/test']],
      ['registry_types', ['oci']],
      ['transports', ['stdio']],
      ['latest_only', true],
      ['statuses', ['active']],
      ['on_conflict', 'hold'],
      ['position', 9],
    ])('changes %s and has everything compared again', async (field, value) => {
      const answer = await update({ [field]: value });
      expect(answer.status).toBe(200);
      const { updated_at: _, next_run_at: __, ...before } = mirror;
      expect(answer.json()).toMatchObject({ ...before, [field]: value });
      expect(answer.json<Mirror>().updated_at > mirror.updated_at).toBe(true);
      expect(await stored()).toEqual(COMPARED_AGAIN);
    });

    it('changes max_removed_percent and nothing else', async () => {
      const answer = await update({ max_removed_percent: 50 });
      expect([answer.status, answer.json()['max_removed_percent']]).toEqual([200, 50]);
      expect(await stored()).toEqual(AS_IT_WAS);
    });

    it('changes the schedule, and the next run with it', async () => {
      const answer = await update({ schedule: '2h' });
      const [next] = await world.db.query<{ minutes: number }>(
        'select extract(epoch from next_run_at - updated_at)::float8 / 60 as minutes from mirror where id = $1',
        [mirror.id],
      );
      expect([answer.status, answer.json()['schedule']]).toEqual([200, '2h']);
      expect(next?.minutes).toBeGreaterThan(119.9);
      expect(next?.minutes).toBeLessThan(125);
      expect(await stored()).toEqual(AS_IT_WAS);
    });

    it('takes the next run away when it is disabled, and makes it due when it is enabled', async () => {
      expect((await update({ enabled: false })).json()).toMatchObject({ enabled: false, next_run_at: null });
      expect((await update({ include: [] })).json()).toMatchObject({ include: [], next_run_at: null });
      expect((await update({ schedule: '3h' })).json()).toMatchObject({ schedule: '3h', next_run_at: null });
      expect((await update({ enabled: true })).json()).toMatchObject({ enabled: true });
      expect(await stored()).toEqual({ ...COMPARED_AGAIN, refused_crawl: null });
    });

    it('has the other mirrors of the registry compare again after another position', async () => {
      const second = await aMirror(world, world.acme, id, other);
      const off = await aMirror(world, world.acme, id, await anUpstream(world, world.acme, 'third'), {
        enabled: false,
      });
      const elsewhere = await aMirror(world, world.acme, sibling, upstream);
      await world.db.query(
        `update mirror set applied_crawl = 7, next_run_at = next_run_at + interval '20 minutes' where id <> $1`,
        [mirror.id],
      );
      await update({ position: 9 });
      expect(await stored(second.id)).toMatchObject({ applied_crawl: null, is_due: true });
      expect(await stored(off.id)).toMatchObject({ applied_crawl: null, is_due: null });
      expect(await stored(elsewhere.id)).toMatchObject({ applied_crawl: '7', is_due: false });
      expect(await stored(foreignMirror.id)).toMatchObject({ applied_crawl: '7', is_due: false });
    });

    it.each([[{}], [{ include: ['com.example/*'], schedule: '1h', enabled: true, position: 1 }]])(
      'takes a change of nothing and has nothing compared again',
      async (body) => {
        const answer = await update(body);
        expect(answer.status).toBe(200);
        expect(await stored()).toEqual(AS_IT_WAS);
      },
    );

    it('answers by the name of the registry and at the alias', async () => {
      expect((await update({ latest_only: true }, mirror.id, 'tools')).status).toBe(200);
      const alias = await world.call('PATCH', `/v0/mcp-registries/${id}/mirrors/${mirror.id}`, {
        token: world.acme.admin,
        body: { latest_only: false },
      });
      expect(alias.status).toBe(200);
    });

    it('writes one audit row with the settings before and after', async () => {
      await world.db.query('delete from audit_log');
      const after = (await update({ latest_only: true })).json<Mirror>();
      const audited = await world.db.query<{ before: object; after: object }>(
        'select action, target_id, target_name, registry_id, before, after from audit_log',
      );
      expect(audited).toEqual([
        {
          action: 'mirror.update',
          target_id: mirror.id,
          target_name: 'partner',
          registry_id: id,
          before: expect.objectContaining({ latest_only: false, updated_at: mirror.updated_at }) as object,
          after: expect.objectContaining({ latest_only: true, updated_at: after.updated_at }) as object,
        },
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ upstream_id: MISSING }, 'upstream_id', 'immutable'],
      [{ schedule: '4m' }, 'schedule', 'min'],
      [{ schedule: null }, 'schedule', 'is_string'],
      [{ include: null }, 'include', 'is_array'],
      [{ exclude: [''] }, 'exclude.0', 'min_length'],
      [{ registry_types: ['A'] }, 'registry_types.0', 'matches_regex'],
      [{ transports: ['http'] }, 'transports.0', 'enum'],
      [{ statuses: [] }, 'statuses', 'min_items'],
      [{ latest_only: null }, 'latest_only', 'is_boolean'],
      [{ max_removed_percent: 101 }, 'max_removed_percent', 'max'],
      [{ on_conflict: null }, 'on_conflict', 'enum'],
      [{ enabled: 'no' }, 'enabled', 'is_boolean'],
      [{ position: 0 }, 'position', 'min'],
      [{ registry_id: MISSING }, 'registry_id', 'unknown_property'],
    ])('row %# names the field and the rule, and nothing is changed', async (body, field, rule) => {
      const answer = await update({ latest_only: true, ...body });
      expect(answer.status).toBe(400);
      expect(refusalsOf(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await world.db.query('select latest_only from mirror where id = $1', [mirror.id])).toEqual([
        { latest_only: false },
      ]);
    });

    it('answers 404 for a mirror of another registry, and for what is no id', async () => {
      const elsewhere = await update({}, mirror.id, sibling);
      expect([elsewhere.status, elsewhere.json().type]).toEqual([404, 'urn:portolan:error:mirror_not_found']);
      expect((await update({}, 'partner')).status).toBe(404);
    });

    it('answers 503 and changes nothing while a run is applied for longer than anybody waits', async () => {
      const run = new Client({ connectionString: world.db.superuserUrl });
      await run.connect();
      try {
        await run.query('begin');
        await run.query('select from mirror where id = $1 for no key update', [mirror.id]);
        const logged = await loggedDuring(async () => {
          const answer = await update({ latest_only: true });
          expect([answer.status, answer.json().type]).toEqual([503, 'urn:portolan:error:database_busy']);
        });
        expect(logged).toContain('database_busy');
      } finally {
        await run.end();
      }
      expect(await stored()).toEqual(AS_IT_WAS);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential, of whatever mirror', async () => {
      for (const one of [mirror.id, foreignMirror.id, MISSING])
        expect((await update({ latest_only: true }, one, id, null)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each([
      ['Admin', 200],
      ['Publisher', 403],
      ['Viewer', 403],
    ] as const)('answers %s of the registry %d', async (role, status) => {
      const token = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await update({ max_removed_percent: 20 }, mirror.id, id, token)).status).toBe(status);
    });

    it('lets nobody take more of an upstream in who may not use it, and everybody shut out more', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: id }]);
      const own = (body: Record<string, unknown>) => update(body, mirror.id, id, token);
      expect((await own({ exclude: ['io.github.evil/*'], enabled: false })).status).toBe(200);
      for (const body of [{ include: ['*'] }, { exclude: [] }, { enabled: true }, { transports: ['stdio'] }])
        expect([body, (await own(body)).status]).toEqual([body, 403]);
    });

    it('answers 404 to who does not know the registry', async () => {
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: sibling }]);
      expect((await update({ latest_only: true }, mirror.id, id, token)).status).toBe(404);
    });
  });

  describe('hides other organizations', () => {
    it('answers a foreign mirror and a missing one alike, byte for byte', async () => {
      const hidden = await update({ latest_only: true }, foreignMirror.id);
      expect([hidden.status, hidden.masked]).toEqual([404, (await update({ latest_only: true }, MISSING)).masked]);
    });

    it('answers a foreign registry and a missing one alike, byte for byte, and changes nothing', async () => {
      const hidden = await update({ latest_only: true }, foreignMirror.id, foreign);
      const missing = await update({ latest_only: true }, foreignMirror.id, MISSING);
      expect([hidden.status, hidden.masked]).toEqual([404, missing.masked]);
      expect(await world.db.query('select latest_only from mirror where id = $1', [foreignMirror.id])).toEqual([
        { latest_only: false },
      ]);
    });
  });
});
