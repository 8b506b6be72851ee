import { Client } from 'pg';
import { aShelf, type Shelf } from '../e2e/sub-api/shelf';
import type { Answer } from '../support/http';
import { aWorld, type World } from '../support/world';

describe('An API process whose one connection is taken and whose queue holds one', () => {
  const SETTINGS = { DATABASE_POOL_SIZE: '1', DATABASE_QUEUE_SIZE: '1', DATABASE_READ_TIMEOUT_MS: '60000' };
  const TIMEOUTS = { DATABASE_STATEMENT_TIMEOUT_MS: '60000' };
  let world: World;
  let shelf: Shelf;
  let blocker: Client;

  beforeAll(async () => {
    world = await aWorld({ ...SETTINGS, ...TIMEOUTS });
    shelf = await aShelf(world, world.acme, 'tools');
    await shelf.publish();
    blocker = new Client({ connectionString: world.db.superuserUrl });
    await blocker.connect();
    // From here on who asks is remembered.
    await shelf.list();
  });

  afterAll(async () => {
    await blocker.end();
    await world.close();
  });

  it('answers 503 with Retry-After to whoever finds the queue full, keeps its health, and loses nobody who waits', async () => {
    await blocker.query('begin');
    await blocker.query('lock table server_version in access exclusive mode');
    const refused: Answer[] = [];
    let threeAreRefused: () => void;
    const enough = new Promise<void>((resolve) => (threeAreRefused = resolve));
    const answers = [1, 2, 3, 4, 5].map(async (limit) => {
      const answer = await shelf.call('GET', `servers?limit=${limit}`);
      if (answer.status === 503 && refused.push(answer) === 3) threeAreRefused();
      return answer;
    });
    await enough;
    for (const { headers, text } of refused) {
      expect(headers['retry-after']).toBe('1');
      expect(text).toContain('too busy');
    }
    for (const probe of ['/livez', '/readyz']) expect((await world.call('GET', probe)).status).toBe(200);
    await blocker.query('commit');
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    expect(statuses.sort()).toEqual([200, 200, 503, 503, 503]);
  });
});

describe('An API process with a short limit on reads', () => {
  let world: World;
  let shelf: Shelf;
  let blocker: Client;

  beforeAll(async () => {
    world = await aWorld({ DATABASE_READ_TIMEOUT_MS: '100' });
    shelf = await aShelf(world, world.acme, 'tools');
    blocker = new Client({ connectionString: world.db.superuserUrl });
    await blocker.connect();
  });

  afterAll(async () => {
    await blocker.end();
    await world.close();
  });

  it('gives up a read that takes longer with 503, and not a change', async () => {
    await shelf.publish();
    await blocker.query('begin');
    await blocker.query('lock table server_version in access exclusive mode');
    const publication = shelf.call('POST', 'publish', {
      body: { name: 'com.example/patient', description: 'Waits', version: '1.0.0' },
    });
    const read = await shelf.call('GET', 'servers');
    expect([read.status, read.headers['retry-after']]).toEqual([503, '2']);
    await blocker.query('commit');
    expect((await publication).status).toBe(200);
    expect((await shelf.list()).servers).toHaveLength(2);
  });
});
