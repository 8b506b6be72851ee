import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { until } from '../support/until';
import { aWorld, type Organization, type World } from '../support/world';

const PATH = '/v0/audit-logs/export';
const ROWS = 60_000;

describe('An export of the audit trail', () => {
  let world: World;

  /** An export whose reader takes nothing yet. */
  async function opened({ admin }: Organization): Promise<IncomingMessage> {
    const request = get(`${world.url}${PATH}`, { headers: { authorization: `Bearer ${admin}` }, agent: false });
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(200);
    response.on('error', () => undefined);
    return response;
  }

  /** Reads to the end, and tells whether the answer ended as HTTP says. */
  async function isWhole(response: IncomingMessage): Promise<boolean> {
    const closed = new Promise((done) => response.once('close', done));
    response.resume();
    await closed;
    return response.complete;
  }

  const small = ({ admin }: Organization) => world.call('GET', `${PATH}?filter[kind]=change`, { token: admin });

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_EXPORT: '1000/1000' });
    // More than what the sockets of a connection take up.
    await world.db.query(
      `insert into audit_log (org_id, id, occurred_at, kind, action, result, principal_type, request_id, user_agent)
       select $1, gen_random_uuid(), now() - make_interval(secs => n / 1000.0), 'access', 'registry.read', 'success',
              'system', 'x', repeat('x', 500)
       from generate_series(1, ${ROWS}) n`,
      [world.acme.id],
    );
  });

  afterAll(() => world.close());

  it('is one of two at most for each organization, until one of them ends or its reader goes away', async () => {
    const [first, second] = [await opened(world.acme), await opened(world.acme)];
    const third = await small(world.acme);
    expect([third.status, third.json().type]).toEqual([429, 'urn:portolan:error:rate_limited']);
    expect(Number(third.headers['retry-after'])).toBeGreaterThan(0);
    expect((await small(world.globex)).status).toBe(200);

    first.destroy();
    await until('there is room again', async () => (await small(world.acme)).status === 200);
    const another = await opened(world.acme);
    expect((await small(world.acme)).status).toBe(429);

    expect(await isWhole(second)).toBe(true);
    await until('there is room again', async () => (await small(world.acme)).status === 200);
    another.destroy();
    await until('nothing runs any more', async () => {
      const both = await Promise.all([small(world.acme), small(world.acme)]);
      return both.every(({ status }) => status === 200);
    });
  });

  it('takes no room after a refusal', async () => {
    for (let i = 0; i < 5; i += 1)
      expect((await world.call('GET', `${PATH}?filter[registry]=no`, { token: world.acme.admin })).status).toBe(400);
    expect((await small(world.acme)).status).toBe(200);
  });

  it('waits for its reader', async () => {
    const response = await opened(world.acme);
    // By the time that another one has read all, one that would not wait had done so, too.
    const beside = await opened(world.acme);
    expect(await isWhole(beside)).toBe(true);
    // What is deleted now was not read yet, or it would still come.
    await world.db.query(
      `delete from audit_log where org_id = $1 and kind = 'access' and occurred_at < now() - interval '50 seconds'`,
      [world.acme.id],
    );
    let text = '';
    response.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await once(response, 'end');
    expect(text.split('\n').length).toBeLessThan(ROWS);
  });

  it('that fails on the way breaks the connection, and frees its place', async () => {
    const response = await opened(world.acme);
    await world.db.query('revoke select on audit_log from portolan_app');
    try {
      expect(await isWhole(response)).toBe(false);
    } finally {
      await world.db.query('grant select on audit_log to portolan_app');
    }
    const both = [await opened(world.acme), await opened(world.acme)];
    for (const one of both) one.destroy();
  });
});
