import { PurgeTrail } from '@portolan/audit';
import { Keeper } from '@portolan/audit/jobs';
import { SystemDb } from '@portolan/db';
import { aWorld, type World } from '../support/world';

const MINUTE_MS = 60_000;

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
});
