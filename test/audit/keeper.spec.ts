import { PurgeTrail } from '@portolan/audit';
import { Keeper } from '@portolan/audit/jobs';
import { SystemDb } from '@portolan/db';
import { aWorld, type World } from '../support/world';
import { inThePast, monthsAgo, partitionsSince } from './past';

const MINUTE_MS = 60_000;

const TABLES = ['audit_log', 'audit_seal'];

describe('Keeping of the trail', () => {
  let world: World;
  let keeper: Keeper;
  let nowMs = Date.now();

  const keep = () => keeper.keep(() => false);
  const failing = (isFailing: boolean) =>
    world.db.query(
      isFailing
        ? 'revoke execute on function create_audit_partitions() from portolan_app'
        : 'grant execute on function create_audit_partitions() to portolan_app',
    );

  const newestOf = async (table: string) => {
    const [newest] = await world.db.query<{ name: string }>(
      'select max(inhrelid::regclass::text) as name from pg_inherits where inhparent = $1::regclass',
      [table],
    );
    return newest?.name ?? '';
  };

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(() => {
    keeper = new Keeper(world.app.get(SystemDb), world.app.get(PurgeTrail));
    jest.spyOn(Date, 'now').mockImplementation(() => nowMs);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await failing(false);
  });

  afterAll(() => world.close());

  it('is tried again a minute after it failed', async () => {
    await failing(true);
    await expect(keep()).rejects.toThrow('permission denied');
    await expect(keep()).resolves.toBeUndefined();
    nowMs += MINUTE_MS;
    await expect(keep()).rejects.toThrow('permission denied');
  });

  it('is done once an hour as long as it succeeds', async () => {
    await keep();
    await failing(true);
    nowMs += 59 * MINUTE_MS;
    await expect(keep()).resolves.toBeUndefined();
    nowMs += MINUTE_MS;
    await expect(keep()).rejects.toThrow('permission denied');
  });

  it('makes the months that are to come where they are missing', async () => {
    const before = await Promise.all(TABLES.map(newestOf));
    for (const name of before) await world.db.query(`drop table ${name}`);
    expect(await Promise.all(TABLES.map(newestOf))).not.toEqual(before);
    await keep();
    expect(await Promise.all(TABLES.map(newestOf))).toEqual(before);
  });

  it('removes what is no longer kept, and nothing else', async () => {
    const { acme, globex } = world;
    await partitionsSince(world, 18 * 31);
    await world.db.query('insert into audit_settings (org_id, retention_days) values ($1, 3650)', [globex.id]);
    await inThePast(world, async (past) => {
      // Nothing of the present may wait ahead of what is old.
      for (const table of ['audit_log', 'audit_unsealed']) await world.db.query(`delete from ${table}`);
      for (const month of [17, 3])
        for (const organization of [acme, globex]) {
          await past.at(monthsAgo(month));
          await past.row(organization);
          await past.seal(organization);
        }
    });
    const rowsOf = async ({ id }: { readonly id: string }) => {
      const rows = 'select from audit_log where org_id = $1 and action = $2';
      return (await world.db.query(rows, [id, 'team.create'])).length;
    };
    expect([await rowsOf(acme), await rowsOf(globex)]).toEqual([2, 2]);
    await keep();
    expect([await rowsOf(acme), await rowsOf(globex)]).toEqual([1, 2]);
  });
});
