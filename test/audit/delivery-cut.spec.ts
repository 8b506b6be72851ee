import { aDestination, deliver, seal, statusOf, type Destination } from '../e2e/audit/support/destinations';
import { loggedDuring } from '../support/logged';
import { aSiem, type Siem } from '../support/siem';
import { until } from '../support/until';
import { aWorld, type World } from '../support/world';

interface Line {
  readonly type: string;
  readonly sequence: number;
  readonly id: string;
}

describe('Delivery of a chain whose tail was cut off', () => {
  let world: World;
  let siem: Siem;
  let destination: Destination;
  let end: number;
  let made = 0;

  const change = async (times: number) => {
    for (let i = 0; i < times; i += 1) await world.aRegistry(world.acme, `r${(made += 1)}`);
  };
  const status = () => statusOf(world, world.acme, destination.id);
  const sent = () => siem.entries<Line>().filter(({ type }) => type === 'event');
  const sequences = () => sent().map(({ sequence }) => sequence);
  const cut = async (after: number, withCheckpoints = true) => {
    await world.db.query('delete from audit_seal where org_id = $1 and sequence > $2', [world.acme.id, after]);
    if (withCheckpoints)
      await world.db.query('delete from audit_checkpoint where org_id = $1 and sequence > $2', [world.acme.id, after]);
  };
  const errorsOf = async (work: () => Promise<void>) =>
    (await loggedDuring(work)).match(/the audit chain of [^;]*: it was cut off/g) ?? [];

  beforeAll(async () => {
    world = await aWorld();
    siem = await aSiem();
  });

  beforeEach(async () => {
    await world.db.query('delete from audit_destination');
    await seal(world, world.acme);
    destination = await aDestination(world, world.acme, { endpoint: siem.url });
    await change(5);
    await seal(world, world.acme);
    await deliver(world);
    end = (await status()).last_sequence;
    siem.clear();
  });

  afterAll(async () => {
    await siem.close();
    await world.close();
  });

  it('sends the rows that got the numbers of those that are gone, and says so once', async () => {
    await cut(end - 3);
    await change(2);
    const told = await errorsOf(async () => {
      await seal(world, world.acme);
      await change(1);
      await seal(world, world.acme);
    });
    expect(told).toEqual([
      `the audit chain of ${world.acme.id} ended at ${end - 3}, but deliveries knew it up to ${end}: it was cut off`,
    ]);
    await deliver(world);
    expect(sequences()).toEqual([end - 2, end - 1, end]);
    expect(await status()).toMatchObject({ delivered_sequence: end, last_sequence: end, missed: 0 });
  });

  it('begins where the chain ends, also when nothing is sealed yet', async () => {
    await cut(end - 2);
    expect(await errorsOf(() => seal(world, world.acme))).toHaveLength(1);
    expect(await errorsOf(() => seal(world, world.acme))).toEqual([]);
    expect(await status()).toMatchObject({
      delivered_sequence: end - 2,
      last_sequence: end - 2,
      next_attempt_at: null,
    });
  });

  it('sends nothing twice that was not to be sent yet, and tells of it all the same', async () => {
    await change(4);
    await seal(world, world.acme);
    await cut(end + 1);
    await change(1);
    expect(await errorsOf(() => seal(world, world.acme))).toHaveLength(1);
    await deliver(world);
    expect(sequences()).toEqual([end + 1, end + 2]);
  });

  it('does not wait for checkpoints that were left behind the end', async () => {
    await world.db.query(
      `insert into audit_checkpoint (org_id, sequence, created_at, hash, key_id, signature)
       select org_id, sequence, now(), hash, key_id, signature from audit_seal
       where org_id = $1 and sequence = $2 on conflict do nothing`,
      [world.acme.id, end],
    );
    await cut(end - 2, false);
    await change(1);
    await seal(world, world.acme);
    await deliver(world);
    expect(sequences()).toEqual([end - 1]);
    expect(await status()).toMatchObject({ next_attempt_at: null });
  });

  it('is not moved on by a batch that was on its way', async () => {
    await change(4);
    await seal(world, world.acme);
    siem.react('hang');
    const late = deliver(world);
    await until('a batch is on its way', () => siem.requests.length > 0);
    await cut(end);
    await change(1);
    await seal(world, world.acme);
    siem.release();
    await late;
    await deliver(world);
    expect(sequences()).toEqual([end + 1]);
    expect(await status()).toMatchObject({ attempts: 0, delivered_sequence: end + 1 });
  });
});
