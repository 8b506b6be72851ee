import { PurgeTrail } from '@portolan/audit';
import { Client } from 'pg';
import { asApplication } from '../support/as-application';
import { sealAll, verifyAll } from '../support/sealing';
import { aWorld, type Organization, type World } from '../support/world';
import { anOldRow, aWeekLater, inThePast, monthsAgo, partitionsSince, type Past } from './past';

const MONTHS_BACK = 18;

describe('Retention', () => {
  let world: World;

  const purge = () => world.app.get(PurgeTrail).execute();
  const settings = (organization: Organization, body: object) =>
    world.call('PATCH', '/v0/audit-logs/settings?force=true', { token: organization.admin, body });
  /** Settings that were made before anything else, and left no row. */
  const given = async ({ id }: Organization, retentionDays: number, legalHold = false) => {
    await world.db.query('insert into audit_settings (org_id, retention_days, legal_hold) values ($1, $2, $3)', [
      id,
      retentionDays,
      legalHold,
    ]);
    await aWeekLater(world);
  };
  const idsOf = async ({ id }: Organization) =>
    (
      await world.db.query<{ id: string }>(
        `select id from audit_log where org_id = $1 and action = 'team.create' order by occurred_at, id`,
        [id],
      )
    ).map((row) => row.id);
  const eventsOf = ({ id }: Organization) =>
    world.db.query<{ after: { purged_before: string; through_sequence: number; head_hash: string } }>(
      `select principal_type, target_type, target_id, after from audit_log
       where org_id = $1 and action = 'audit_log.purge' order by occurred_at`,
      [id],
    );
  const boundariesOf = ({ id }: Organization) =>
    world.db.query<{ sequence: number; hash: string }>(
      `select sequence::int as sequence, encode(hash, 'hex') as hash, rfc3339(purged_before) as purged_before
       from audit_boundary where org_id = $1 order by purged_before`,
      [id],
    );
  const sealsOf = async ({ id }: Organization) =>
    (
      await world.db.query<{ sequence: number }>(
        'select sequence::int as sequence from audit_seal where org_id = $1 order by sequence',
        [id],
      )
    ).map(({ sequence }) => sequence);
  const isThere = async (table: string, month: string) => {
    const name = `audit_partition.${table}_${month.slice(0, 7).replace('-', '_')}`;
    const [row] = await world.db.query<{ there: boolean }>('select to_regclass($1) is not null as there', [name]);
    return row?.there === true;
  };
  const verification = ({ id }: Organization) => verifyAll(world.app, id);
  const sealNow = ({ id }: Organization) => sealAll(world.app, id);

  /** A row of each of these months, sealed when it occurred. */
  async function rowsOf(past: Past, organization: Organization, ...months: readonly string[]): Promise<string[]> {
    const ids: string[] = [];
    for (const month of months) {
      await past.at(month);
      ids.push(await past.row(organization));
      await past.seal(organization);
    }
    return ids;
  }

  beforeEach(async () => {
    world = await aWorld();
    await partitionsSince(world, MONTHS_BACK * 31);
    for (const table of ['audit_log', 'audit_unsealed']) await world.db.query(`delete from ${table}`);
  });

  afterEach(() => world.close());

  describe('goes by whole months, and', () => {
    it('lets whole months go, writes that down once and lets the chain go on', async () => {
      const { acme } = world;
      let kept: string[] = [];
      await inThePast(world, async (past) => {
        await rowsOf(past, acme, monthsAgo(17), monthsAgo(17), monthsAgo(16));
        kept = await rowsOf(past, acme, monthsAgo(12), monthsAgo(11));
      });
      const head = await world.db.query<{ hash: string }>(
        `select encode(hash, 'hex') as hash from audit_seal where sequence = 3`,
      );
      await purge();
      expect(await idsOf(acme)).toEqual(kept);
      expect(await sealsOf(acme)).toEqual([4, 5]);
      for (const months of [17, 16]) {
        expect(await isThere('audit_log', monthsAgo(months))).toBe(false);
        expect(await isThere('audit_seal', monthsAgo(months))).toBe(false);
      }
      expect(await isThere('audit_log', monthsAgo(12))).toBe(true);
      const [boundary] = await boundariesOf(acme);
      expect(boundary).toMatchObject({ sequence: 3, hash: head[0]?.hash });
      await purge();
      const { purged_before } = boundary as unknown as { purged_before: string };
      expect(await eventsOf(acme)).toEqual([
        {
          principal_type: 'system',
          target_type: 'audit_log',
          target_id: acme.id,
          after: { purged_before, through_sequence: 3, head_hash: head[0]?.hash },
        },
      ]);
      await sealNow(acme);
      expect(await verification(acme)).toMatchObject({ status: 'valid', complete: true, from_sequence: 4 });
      expect(await boundariesOf(acme)).toHaveLength(1);
    });

    it('keeps the chain verifiable when nothing of it is left but the purge', async () => {
      await inThePast(world, async (past) => {
        await rowsOf(past, world.acme, monthsAgo(17), monthsAgo(16));
      });
      await purge();
      await sealNow(world.acme);
      expect(await sealsOf(world.acme)).toEqual([3]);
      expect(await verification(world.acme)).toMatchObject({ status: 'valid', from_sequence: 3, rows_verified: 1 });
    });

    it('keeps the seal of a row that was sealed in the next month, and the row goes', async () => {
      const { acme } = world;
      await given(acme, 90);
      const [cut] = await world.db.query<{ at: string }>(
        `select rfc3339(date_trunc('month', now() - interval '90 days', 'UTC')) as at`,
      );
      const at = new Date(cut?.at ?? '');
      await inThePast(world, async (past) => {
        await rowsOf(past, acme, monthsAgo(6));
        await past.at(new Date(at.getTime() - 1_000).toISOString());
        await past.row(acme);
        await past.at(new Date(at.getTime() + 1_000).toISOString());
        await past.row(acme);
        await past.seal(acme);
      });
      await purge();
      expect(await idsOf(acme)).toHaveLength(1);
      expect(await sealsOf(acme)).toEqual([2, 3]);
      await sealNow(acme);
      expect(await verification(acme)).toMatchObject({ status: 'valid', from_sequence: 2, rows_verified: 3 });
      expect(await isThere('audit_log', monthsAgo(6))).toBe(false);
    });

    it('takes what tells of people along with the rows', async () => {
      const { acme } = world;
      await inThePast(world, async (past) => {
        const [old, kept] = await rowsOf(past, acme, monthsAgo(17), monthsAgo(10));
        for (const id of [old, kept])
          await world.db.query(
            `insert into audit_personal (org_id, audit_id, occurred_at, person_id, salt, data)
             select org_id, id, occurred_at, id, 'salt', '{}' from audit_log where id = $1`,
            [id],
          );
      });
      await purge();
      expect(await world.db.query('select 1 from audit_personal')).toHaveLength(1);
    });

    it('waits until every row of the months is sealed', async () => {
      const { acme } = world;
      await inThePast(world, async (past) => {
        await rowsOf(past, acme, monthsAgo(17));
        await past.row(acme);
      });
      await purge();
      expect([await idsOf(acme), await boundariesOf(acme)]).toEqual([[expect.any(String), expect.any(String)], []]);
      await sealNow(acme);
      await purge();
      expect(await idsOf(acme)).toEqual([]);
      await sealNow(acme);
      expect(await verification(acme)).toMatchObject({ status: 'valid' });
    });

    it('removes many rows of one organization and not one of another', async () => {
      const { acme, globex } = world;
      await given(globex, 3_650);
      await inThePast(world, async (past) => {
        await past.at(monthsAgo(17));
        for (const { id } of [acme, globex])
          await world.db.query(
            `insert into audit_log (org_id, id, occurred_at, kind, action, result, principal_type, request_id)
             select $1, gen_random_uuid(), shows, 'change', 'team.create', 'success', 'system', 'none'
             from past.clock, generate_series(1, 6000)`,
            [id],
          );
        await past.seal(acme);
        await past.seal(globex);
      });
      await purge();
      expect([(await idsOf(acme)).length, (await idsOf(globex)).length]).toEqual([0, 6_000]);
      expect([(await sealsOf(acme)).length, (await sealsOf(globex)).length]).toEqual([0, 6_000]);
    });
  });

  it('that differs in one partition is each organization’s own; the partition goes when all are through', async () => {
    const { acme, globex } = world;
    await given(acme, 90);
    await given(globex, 500);
    let ids: string[] = [];
    await inThePast(world, async (past) => {
      await rowsOf(past, acme, monthsAgo(8));
      ids = await rowsOf(past, globex, monthsAgo(8));
    });
    await purge();
    expect([await idsOf(acme), await idsOf(globex)]).toEqual([[], ids]);
    expect([(await eventsOf(acme)).length, (await eventsOf(globex)).length]).toEqual([1, 0]);
    expect(await isThere('audit_log', monthsAgo(8))).toBe(true);
    await settings(globex, { retention_days: 90 });
    await aWeekLater(world);
    await purge();
    expect(await idsOf(globex)).toEqual([]);
    expect([await isThere('audit_log', monthsAgo(8)), await isThere('audit_seal', monthsAgo(8))]).toEqual([
      false,
      false,
    ]);
    for (const organization of [acme, globex]) {
      await sealNow(organization);
      expect(await verification(organization)).toMatchObject({ status: 'valid', from_sequence: 2 });
    }
  });

  it('is suspended by a legal hold, and counts again without it', async () => {
    const { acme } = world;
    let ids: string[] = [];
    await inThePast(world, async (past) => {
      ids = await rowsOf(past, acme, monthsAgo(17));
    });
    await settings(acme, { legal_hold: true });
    await purge();
    expect([await idsOf(acme), await boundariesOf(acme)]).toEqual([ids, []]);
    await settings(acme, { legal_hold: false });
    await aWeekLater(world);
    await purge();
    expect(await idsOf(acme)).toEqual([]);
  });

  it('comes to an end with the last rows of a deleted organization, whose names go along', async () => {
    const { acme } = world;
    await inThePast(world, async (past) => {
      await rowsOf(past, acme, monthsAgo(17), monthsAgo(10));
    });
    await world.db.query(`insert into audit_person (org_id, id, name, salt) values ($1, $1, 'Ada', 'salt')`, [acme.id]);
    const names = () => world.db.query(`select name from audit_person where org_id = $1 and id = $1`, [acme.id]);
    await world.db.query('delete from organization where id = $1', [acme.id]);
    await purge();
    expect([(await idsOf(acme)).length, (await eventsOf(acme)).length, await names()]).toEqual([
      1,
      1,
      [{ name: 'Ada' }],
    ]);
    for (const table of ['audit_log', 'audit_unsealed'])
      await world.db.query(`delete from ${table} where org_id = $1`, [acme.id]);
    await purge();
    expect([await eventsOf(acme), await names()]).toEqual([[], []]);
  });

  it('writes nothing down that would have to be purged once more when an organization is gone', async () => {
    const { acme } = world;
    await inThePast(world, async (past) => {
      await rowsOf(past, acme, monthsAgo(17));
    });
    await world.db.query('delete from organization where id = $1', [acme.id]);
    await purge();
    expect([await idsOf(acme), await eventsOf(acme), (await boundariesOf(acme)).length]).toEqual([[], [], 1]);
    expect(await verification(acme)).toMatchObject({ status: 'valid', rows_verified: 0 });
  });

  describe('that is interrupted', () => {
    it('between the boundary and the rows goes on with the next purge, as one purge', async () => {
      const { acme } = world;
      await inThePast(world, async (past) => {
        await rowsOf(past, acme, monthsAgo(17), monthsAgo(16));
      });
      const role = new URL(world.db.appUrl).username;
      await world.db.query(`revoke execute on function purge_audit_month(date, boolean) from ${role}`);
      await expect(purge()).rejects.toThrow('permission denied');
      expect([(await idsOf(acme)).length, (await boundariesOf(acme)).length]).toEqual([2, 1]);
      await sealNow(acme);
      expect(await verification(acme)).toMatchObject({ status: 'valid', from_sequence: 3 });
      await world.db.query(`grant execute on function purge_audit_month(date, boolean) to ${role}`);
      await purge();
      expect([await idsOf(acme), await sealsOf(acme)]).toEqual([[], [3]]);
      expect([(await eventsOf(acme)).length, (await boundariesOf(acme)).length]).toEqual([1, 1]);
    });

    it('by a reader that holds the table tries again next time', async () => {
      const { acme } = world;
      await inThePast(world, async (past) => {
        await rowsOf(past, acme, monthsAgo(17));
      });
      const reader = new Client({ connectionString: world.db.superuserUrl });
      await reader.connect();
      await reader.query('begin');
      await reader.query('select 1 from audit_log');
      await purge();
      expect(await isThere('audit_log', monthsAgo(17))).toBe(true);
      await reader.end();
      await purge();
      expect(await isThere('audit_log', monthsAgo(17))).toBe(false);
    });

    it('by a hold keeps what is left', async () => {
      const { acme } = world;
      await inThePast(world, async (past) => {
        await rowsOf(past, acme, monthsAgo(17));
      });
      const role = new URL(world.db.appUrl).username;
      await world.db.query(`revoke execute on function purge_audit_month(date, boolean) from ${role}`);
      await expect(purge()).rejects.toThrow('permission denied');
      await world.db.query(`grant execute on function purge_audit_month(date, boolean) to ${role}`);
      await settings(acme, { legal_hold: true });
      await purge();
      expect(await idsOf(acme)).toHaveLength(1);
    });
  });

  it('is one event when two workers purge at the same time', async () => {
    const { acme, globex } = world;
    await inThePast(world, async (past) => {
      await rowsOf(past, acme, monthsAgo(17), monthsAgo(16));
      await rowsOf(past, globex, monthsAgo(17));
    });
    await Promise.all([purge(), purge(), purge()]);
    await purge();
    expect([await idsOf(acme), await idsOf(globex)]).toEqual([[], []]);
    expect([(await eventsOf(acme)).length, (await eventsOf(globex)).length]).toEqual([1, 1]);
  });

  it('does not destroy the evidence of a broken chain, nor wait for it elsewhere', async () => {
    const { acme, globex } = world;
    await inThePast(world, async (past) => {
      await rowsOf(past, acme, monthsAgo(17), monthsAgo(16));
      await rowsOf(past, globex, monthsAgo(17));
    });
    await world.db.query(`update audit_seal set hash = sha256('forged') where org_id = $1 and sequence = 2`, [acme.id]);
    await purge();
    expect([(await idsOf(acme)).length, await idsOf(globex)]).toEqual([2, []]);
    expect(await boundariesOf(acme)).toEqual([]);
    await world.db.query(
      `insert into audit_boundary (org_id, purged_before, sequence, hash, created_at, key_id, signature)
       values ($1, '2020-01-01', 1, sha256('forged'), now(), 'none', 'none')`,
      [acme.id],
    );
    await purge();
    expect(await idsOf(acme)).toHaveLength(2);
  });

  describe('cannot be undercut by the application role', () => {
    const boundary = `insert into audit_boundary (org_id, purged_before, sequence, hash, created_at, key_id, signature)
                      values ($1, $2, 1, '', now(), '', '')`;
    const purgeMonth = (month: string) =>
      asApplication<{ done: number }>(world.db, null, 'select purge_audit_month($1::date, true) as done', [
        month.slice(0, 10),
      ]);

    it.each([
      ['without a boundary', 17, null, 400, false],
      ['with a boundary before the end of the month', 17, monthsAgo(17), 400, false],
      ['with a boundary younger than the retention', 17, monthsAgo(2), 400, false],
      ['within the retention', 10, monthsAgo(9), 400, false],
      ['within a longer retention', 17, monthsAgo(16), 3_650, false],
      ['under a hold', 17, monthsAgo(16), 400, true],
      ['of the last 90 days', 2, monthsAgo(1, 1), 90, false],
    ])('%s', async (_what, months, purgedBefore, retentionDays, legalHold) => {
      const { acme } = world;
      await given(acme, retentionDays, legalHold);
      await anOldRow(world, acme, monthsAgo(months));
      await world.db.query('delete from audit_unsealed');
      if (purgedBefore !== null) await asApplication(world.db, acme.id, boundary, [acme.id, purgedBefore]);
      // Partitions in which nobody has anything may go.
      while ((await purgeMonth(monthsAgo(months))).some(({ done }) => done > 0));
      expect(await idsOf(acme)).toHaveLength(1);
    });

    it('by deleting itself', async () => {
      for (const table of ['audit_log', 'audit_seal', 'audit_boundary', 'audit_settings'])
        await expect(asApplication(world.db, world.acme.id, `delete from ${table}`)).rejects.toMatchObject({
          code: '42501',
        });
    });
  });
});
