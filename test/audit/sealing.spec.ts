import { recordAudit, SealRows, SigningKeys } from '@portolan/audit';
import { OrgDb } from '@portolan/db';
import { Client } from 'pg';
import { verifyAll } from '../support/sealing';
import { until } from '../support/until';
import { aWorld, type World } from '../support/world';
import { Chains, ctxOf, SOUND } from './chains';

describe('Sealing', () => {
  let world: World;
  let chains: Chains;

  const numbers = async (orgId: string) =>
    (
      await world.db.query<{ sequence: number }>(
        'select sequence::float8 as sequence from audit_seal where org_id = $1 order by sequence',
        [orgId],
      )
    ).map(({ sequence }) => sequence);
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  /** Runs `work` beside a transaction that has written a row and is not over. */
  const besideAWriter = async (orgId: string, work: () => Promise<unknown>) => {
    await world.app.get(OrgDb, { strict: false }).write(ctxOf(orgId), async (tx) => {
      await recordAudit(tx, { action: 'organization.update', targetId: 'late' });
      await work();
    });
  };

  beforeAll(async () => {
    world = await aWorld();
    chains = new Chains(world);
  });

  afterAll(() => world.close());

  it('gives every row of an organization the next number, without a gap', async () => {
    for (let i = 0; i < 10; i += 1) await world.aRegistry(world.acme, `r${i}`);
    const signer = await world.app.get(SigningKeys).signer();
    expect((await world.app.get(SealRows).execute(world.acme.id, signer, 4)).rows).toBe(4);
    await chains.seal(world.acme.id, 4);
    expect(await numbers(world.acme.id)).toEqual(upTo(11));
    expect(await world.db.query('select 1 from audit_unsealed where org_id = $1', [world.acme.id])).toEqual([]);
  });

  it('numbers each organization for itself', async () => {
    const { id } = await world.anOrganization('one');
    const { id: other } = await world.anOrganization('other');
    await chains.write(id, 5);
    await chains.write(other, 3);
    await chains.seal(id);
    await chains.seal(other);
    expect(await numbers(id)).toEqual(upTo(6));
    expect(await numbers(other)).toEqual(upTo(4));
    await world.db.query(`update audit_log set action = 'x' where org_id = $1`, [id]);
    expect(await chains.told(id)).toEqual({ problem: 'row_changed', at: 1 });
    expect(await chains.told(other)).toEqual(SOUND);
  });

  it('seals nothing twice when two do it at once', async () => {
    const { id } = await world.anOrganization('twice');
    await chains.write(id, 100);
    await Promise.all([1, 2, 3, 4].map(() => chains.seal(id, 7)));
    await chains.seal(id);
    expect(await numbers(id)).toEqual(upTo(101));
    expect(await chains.told(id)).toEqual(SOUND);
  });

  it('seals a row of a transaction that began earlier and ended later', async () => {
    const { id } = await world.anOrganization('late');
    await besideAWriter(id, async () => {
      await chains.write(id, 3);
      expect(await chains.seal(id)).toBe(4);
      expect(await chains.told(id)).toEqual(SOUND);
    });
    expect(await chains.seal(id)).toBe(1);
    expect(await numbers(id)).toEqual(upTo(5));
    const [last] = await world.db.query<{ target: string }>(
      `select a.target_id as target from audit_seal s join audit_log a on a.org_id = s.org_id and a.id = s.audit_id
       where s.org_id = $1 order by s.sequence desc limit 1`,
      [id],
    );
    expect(last?.target).toBe('late');
    expect(await chains.told(id)).toEqual(SOUND);
  });

  it('lets nobody wait who writes: he commits while a sealing transaction is held open', async () => {
    const { id } = await world.anOrganization('held');
    await chains.write(id, 20);
    const holder = new Client({ connectionString: world.db.superuserUrl });
    await holder.connect();
    try {
      await holder.query('begin');
      // The sealing transaction has inserted its seals by the time it waits for this.
      await holder.query(`lock table audit_checkpoint in share mode`);
      const sealing = chains.seal(id);
      await until('the sealing transaction waits', async () => {
        const [row] = await world.db.query<{ is_waiting: boolean }>(
          `select exists (select from pg_locks where not granted and relation = 'audit_checkpoint'::regclass) as is_waiting`,
        );
        return row?.is_waiting ?? false;
      });
      await chains.write(id, 10);
      expect(await numbers(id)).toEqual([]);
      await holder.query('rollback');
      await sealing;
    } finally {
      await holder.end();
    }
    await chains.seal(id);
    expect(await numbers(id)).toEqual(upTo(31));
    expect(await chains.told(id)).toEqual(SOUND);
  });

  it('keeps a chain valid while it is written to, sealed and verified at once', async () => {
    const { id } = await world.anOrganization('busy');
    const writers = [1, 2, 3].map(() => chains.write(id, 60));
    let isOver = false;
    const written = Promise.all(writers).finally(() => (isOver = true));
    const sealers = [1, 2].map(async () => {
      while (!isOver) await chains.seal(id, 11);
    });
    const verified: unknown[] = [];
    const verifying = (async () => {
      while (!isOver) verified.push(await chains.told(id));
    })();
    await Promise.all([written, ...sealers, verifying]);
    await chains.seal(id);
    expect(new Set(verified.map((told) => JSON.stringify(told)))).toEqual(new Set([JSON.stringify(SOUND)]));
    expect(await numbers(id)).toEqual(upTo(181));
    expect(await chains.told(id)).toEqual(SOUND);
  });

  it('signs a checkpoint after a thousand rows at the latest', async () => {
    const { id } = await world.anOrganization('long');
    await chains.seal(id);
    await world.db.query(
      `insert into audit_log (org_id, id, kind, action, result, principal_type, principal_name, request_id)
       select $1, gen_random_uuid(), 'change', 'team.create', 'success', 'system', 'test', 'x' from generate_series(1, 3000)`,
      [id],
    );
    await chains.seal(id, 250);
    const checkpoints = await world.db.query<{ sequence: number }>(
      `select sequence::float8 as sequence from audit_checkpoint where org_id = $1 order by sequence`,
      [id],
    );
    expect(checkpoints.map(({ sequence }) => sequence)).toEqual([1, 1_001, 2_001, 3_001]);
    expect(await chains.told(id)).toEqual(SOUND);
  });

  it('seals large rows in batches that hold few of them', async () => {
    const { id } = await world.anOrganization('large');
    await chains.seal(id);
    await world.db.query(
      `insert into audit_log (org_id, id, kind, action, result, principal_type, principal_name, request_id, before)
       select $1, gen_random_uuid(), 'change', 'team.create', 'success', 'system', 'test', 'x',
              jsonb_build_object('text', repeat('x', 1500000)) from generate_series(1, 4)`,
      [id],
    );
    const signer = await world.app.get(SigningKeys).signer();
    expect((await world.app.get(SealRows).execute(id, signer, 100)).rows).toBe(3);
    expect(await chains.seal(id, 100)).toBe(1);
    expect(await numbers(id)).toEqual(upTo(5));
    expect(await chains.told(id)).toEqual(SOUND);
  });

  it('keeps the times of seals in the order of their numbers when the clock was set back', async () => {
    const { id } = await world.anOrganization('clock');
    const signer = await world.app.get(SigningKeys).signer();
    await chains.write(id, 4);
    await world.app.get(SealRows).execute(id, signer, 2);
    await world.db.query(`update audit_seal set sealed_at = sealed_at + interval '1 hour' where org_id = $1`, [id]);
    await chains.seal(id);
    const times = await world.db.query<{ at: Date }>(
      `select sealed_at as at from audit_seal where org_id = $1 order by sequence`,
      [id],
    );
    expect(times.map(({ at }) => at.getTime())).toEqual(times.map(({ at }) => at.getTime()).sort((a, b) => a - b));
  });

  it('leaves the trail verifiable after somebody was erased', async () => {
    const { id } = await world.anOrganization('erased');
    const [person, other] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'];
    for (const one of [person, other]) await chains.write(id, 10, one);
    await chains.seal(id);
    await chains.erase(id, person);
    expect(await chains.told(id)).toEqual(SOUND);
    // Rows that come later do not bring the name back.
    await chains.write(id, 5, person);
    await chains.seal(id);
    expect(await chains.told(id)).toEqual(SOUND);
    await world.db.query(
      `update audit_person set name = 'A Name', salt = uuid_send(gen_random_uuid()) where org_id = $1 and id = $2`,
      [id, person],
    );
    expect(await chains.told(id)).toEqual({ problem: 'personal_data_changed', at: 2 });
  });

  it('is verified in the organization of the context only', async () => {
    const { id } = await world.anOrganization('empty');
    await world.db.query(`delete from audit_unsealed where org_id = $1`, [id]);
    await world.db.query(`delete from audit_log where org_id = $1`, [id]);
    expect(await verifyAll(world.app, id)).toMatchObject({
      status: 'valid',
      complete: true,
      rows_verified: 0,
      through_sequence: 0,
      next: null,
    });
  });
});
