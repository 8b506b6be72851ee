import { sealAll } from '../support/sealing';
import { TEST_ENVIRONMENT, aWorld, type World } from '../support/world';
import { deny, holdRows, metricOf, releaseRows } from './buffered';

const OPERATOR = TEST_ENVIRONMENT['OPERATOR_TOKEN'] ?? '';

describe('GET /metrics', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  const scrape = (token: string = OPERATOR) => world.call('GET', '/metrics', { token });

  it("gives the operator metrics in Prometheus' text format, which nobody may keep", async () => {
    const { status, headers, text } = await scrape();
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect(headers['cache-control']).toBe('no-store');
    expect(text).toMatch(/^# HELP portolan_audit_buffer_rows .+\n# TYPE portolan_audit_buffer_rows gauge\nportolan_/m);
  });

  it('requires sign-in', async () => {
    expect((await world.call('GET', '/metrics')).status).toBe(401);
    expect((await scrape('wrong')).status).toBe(401);
  });

  it('requires to operate the platform, which nobody of an organization does', async () => {
    expect((await scrape(world.acme.admin)).status).toBe(403);
  });

  it('holds nothing that belongs to an organization', async () => {
    await deny(world, world.acme, 3);
    const { text } = await scrape();
    for (const { id, name } of [world.acme, world.globex]) {
      expect(text).not.toContain(id);
      expect(text).not.toContain(name);
    }
    const labels = [...text.matchAll(/^portolan_\w+\{([^}]*)\}/gm)].map(([, label]) => label);
    expect(new Set(labels)).toEqual(
      new Set(['authentication', 'authorization', 'access', 'change'].map((kind) => `kind="${kind}"`)),
    );
  });

  it('counts rows that the buffer wrote, and shows an empty buffer behind them', async () => {
    const before = await metricOf(world, 'portolan_audit_written_total');
    await deny(world, world.acme, 30);
    expect(await metricOf(world, 'portolan_audit_written_total')).toBe(before + 30);
    expect(await metricOf(world, 'portolan_audit_buffer_rows')).toBe(0);
  });

  it('shows how many rows wait to be written', async () => {
    const release = await holdRows(world, world.acme);
    const denied = deny(world, world.acme, 3);
    try {
      expect(await metricOf(world, 'portolan_audit_buffer_rows')).toBe(3);
    } finally {
      await release();
      await denied;
      await releaseRows(world);
    }
  });

  it('counts rows that found no place', async () => {
    const before = await metricOf(world, 'portolan_audit_dropped_total');
    await deny(world, world.acme, 2_005);
    expect(await metricOf(world, 'portolan_audit_dropped_total')).toBe(before + 5);
  });

  it('tells how long rows wait for their place in the chain: 0 when none does', async () => {
    for (const { id } of [world.acme, world.globex]) await sealAll(world.app, id);
    expect(await metricOf(world, 'portolan_audit_sealing_lag_seconds')).toBe(0);
    await deny(world, world.acme, 1);
    await world.db.query(`update audit_unsealed set occurred_at = occurred_at - interval '1 hour'`);
    const lag = await metricOf(world, 'portolan_audit_sealing_lag_seconds');
    expect(lag).toBeGreaterThan(3_600);
    expect(lag).toBeLessThan(3_700);
  });

  it('is answered while the database does not', async () => {
    await world.db.query('revoke execute on function audit_unsealed_since() from portolan_app');
    try {
      expect(await metricOf(world, 'portolan_audit_sealing_lag_seconds')).toBeNaN();
      expect(await metricOf(world, 'portolan_audit_buffer_rows')).toBe(0);
    } finally {
      await world.db.query('grant execute on function audit_unsealed_since() to portolan_app');
    }
  });
});
