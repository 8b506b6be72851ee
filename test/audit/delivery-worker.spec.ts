import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loadProcessConfig } from '@portolan/config';
import { WorkerModule } from '../../apps/worker/src/worker.module';
import { aDestination, statusOf, type Destination } from '../e2e/audit/support/destinations';
import { aSiem, type Siem } from '../support/siem';
import { until } from '../support/until';
import { aWorld, TEST_ENVIRONMENT, type Organization, type World } from '../support/world';

const HANGING = 10;
const DESTINATIONS_MAX = 20;

describe('The worker', () => {
  let world: World;
  let worker: INestApplicationContext;
  let live: Siem;
  let dead: Siem;
  let slow: Siem;
  let destination: Destination;
  let theirs: Destination;

  const start = () =>
    NestFactory.createApplicationContext(
      WorkerModule.forRoot(
        loadProcessConfig({ ...TEST_ENVIRONMENT, DATABASE_URL: world.db.appUrl, DATABASE_POOL_SIZE: '4' }),
      ),
      { logger: ['error'], abortOnError: false },
    );
  const actionsOf = (siem: Siem) => siem.entries<{ action?: string }>().map(({ action }) => action);
  const isDelivered = async (organization: Organization, { id }: Destination) => {
    const [waiting] = await world.db.query('select 1 from audit_unsealed where org_id = $1 limit 1', [organization.id]);
    const { delivered_sequence: delivered, last_sequence: last } = await statusOf(world, organization, id);
    return waiting === undefined && delivered === last;
  };

  beforeAll(async () => {
    world = await aWorld();
    [live, dead, slow] = [await aSiem(), await aSiem(), await aSiem()];
    destination = await aDestination(world, world.acme, { endpoint: live.url });
    theirs = await aDestination(world, world.globex, { endpoint: live.url });
    worker = await start();
  });

  afterAll(async () => {
    dead.release();
    slow.release();
    await worker.close();
    await live.close();
    await dead.close();
    await slow.close();
    await world.close();
  });

  it('seals and sends what happens', async () => {
    await world.aRegistry(world.acme, 'tools');
    await until('the row has arrived', () => actionsOf(live).includes('registry.create'));
    await until('it is known', () => isDelivered(world.acme, destination));
  });

  it('lets nobody wait for destinations that hang, whosever they are', async () => {
    dead.react(...Array<'hang'>(1_000).fill('hang'));
    for (let i = 0; i < HANGING; i += 1)
      await aDestination(world, world.acme, { name: `dead ${i}`, endpoint: dead.url });
    await until('they hang', () => dead.requests.length > 0);
    await world.aRegistry(world.globex, 'tools');
    await until('the other organization has its row', () => isDelivered(world.globex, theirs));
    await world.aRegistry(world.acme, 'more-tools');
    await until('the other destination has its row', () => isDelivered(world.acme, destination));
    expect(actionsOf(live).filter((action) => action === 'registry.create')).toHaveLength(3);
  });

  it('lets no organization wait for slow destinations of others, however many they are', async () => {
    const others = [await world.anOrganization('slow-1'), await world.anOrganization('slow-2')];
    for (const other of others)
      for (let i = 0; i < DESTINATIONS_MAX; i += 1)
        await aDestination(world, other, { name: `slow ${i}`, endpoint: slow.url });
    const third = await world.anOrganization('third');
    const quick = await aDestination(world, third, { endpoint: live.url });
    await until('all have received something', async () => {
      const waiting = await world.db.query(
        `select 1 from audit_delivery where org_id = any ($1) and (last_success_at is null or position < head) limit 1`,
        [[...others, third].map(({ id }) => id)],
      );
      return waiting.length === 0;
    });
    slow.clear();
    slow.react(...Array<'hang'>(1_000).fill('hang'));
    for (const other of others) await world.aRegistry(other, 'tools');
    await until('they hang', () => slow.requests.length === others.length);
    await world.aRegistry(third, 'tools');
    await until('the third one has its row', () => isDelivered(third, quick));
    slow.release();
  });

  it('goes on where another one has stopped', async () => {
    await worker.close();
    await world.aRegistry(world.acme, 'while-away');
    worker = await start();
    await until('the row has arrived', () => isDelivered(world.acme, destination));
    expect(live.lines().filter((line) => line.includes('while-away'))).toHaveLength(1);
  });
});
