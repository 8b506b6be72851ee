import { OrgDb, sql, SystemDb } from '@portolan/db';
import { systemCtx } from '@portolan/kernel';
import { aServer, aWorld, type World } from '../support/world';
import { inBatches } from './fixture';

describe('Requests of two organizations over one connection', () => {
  let world: World;
  const registries: Record<'acme' | 'globex', string> = { acme: '', globex: '' };

  beforeAll(async () => {
    world = await aWorld({ DATABASE_POOL_SIZE: '1' });
    for (const name of ['acme', 'globex'] as const) {
      registries[name] = await world.aRegistry(world[name], 'tools');
      await world.publish(world[name], 'tools', aServer());
    }
  });

  afterAll(() => world.close());

  it('carry nothing from one to the next, failed or not', async () => {
    const [db, system] = [world.app.get(OrgDb, { strict: false }), world.app.get(SystemDb, { strict: false })];
    const setting = () => system.call(sql`select nullif(current_setting('app.org_id', true), '') as org`);
    const read = async (one: 'acme' | 'globex') => {
      const answer = await world.call('GET', '/v0/registries/tools', { token: world[one].admin });
      expect(answer.json().id).toBe(registries[one]);
    };
    const status = async (expected: number, method: string, path: string, options: object) => {
      expect((await world.call(method, path, options)).status).toBe(expected);
    };
    const steps: readonly ((token: string) => Promise<unknown>)[] = [
      () => read('acme'),
      () => read('globex'),
      (token) => status(409, 'POST', '/v0/registries', { token, body: { name: 'tools' } }),
      (token) => status(400, 'POST', '/registries/tools/v0.1/publish', { token, body: aServer() }),
      (token) => status(404, 'GET', `/v0/registries/${registries.acme}x`, { token }),
      (token) => status(404, 'GET', '/registries/tools/v0.1/servers/com.example%2Fnone/versions', { token }),
      () => status(401, 'GET', '/v0/registries/tools', { token: 'garbage' }),
      async () => {
        const ctx = systemCtx(world.globex.id, 'test', '1'.repeat(32));
        await expect(db.write(ctx, (tx) => tx.run(sql`select 1 / 0`))).rejects.toThrow('division by zero');
        await expect(db.read(ctx, () => Promise.reject(new Error('aborted')))).rejects.toThrow('aborted');
      },
      async () => {
        expect(await setting()).toEqual([{ org: null }]);
        expect(await system.call(sql`select id from registry`)).toEqual([]);
      },
    ];
    const order = Array.from({ length: 400 }, (_, index) => (index * 7 + Math.floor(index / 9)) % steps.length);
    await inBatches(order, (index) => {
      const token = index % 2 === 0 ? world.acme.admin : world.globex.admin;
      return steps[index]?.(token) ?? Promise.resolve();
    });
    expect(await setting()).toEqual([{ org: null }]);
  });

  it('read alone as the one that each is for, whoever fails between, and change nothing', async () => {
    const [db, system] = [world.app.get(OrgDb, { strict: false }), world.app.get(SystemDb, { strict: false })];
    const ctx = {
      acme: systemCtx(world.acme.id, 'test', '2'.repeat(32)),
      globex: systemCtx(world.globex.id, 'test', '3'.repeat(32)),
    };
    const reads = Array.from({ length: 200 }, async (_, index) => {
      const one = index % 2 === 0 ? 'acme' : 'globex';
      const options = [{}, { keepPlan: true }, { inIndexOrder: true, keepPlan: true }][index % 3] ?? {};
      if (index % 7 === 3)
        await expect(db.readRows(ctx[one], sql`select 1 / ${0}::int`, options)).rejects.toThrow('division by zero');
      if (index % 7 === 5)
        await expect(db.readRows(ctx[one], sql`select nothing`, options)).rejects.toThrow('does not exist');
      if (index % 7 === 6)
        await expect(db.readRows(ctx[one], sql`delete from registry returning id`, options)).rejects.toThrow(
          'read-only transaction',
        );
      expect(await db.readRows(ctx[one], sql`select id, ${index}::int as index from registry`, options)).toEqual([
        { id: registries[one], index },
      ]);
    });
    await Promise.all(reads);
    expect(
      await system.call(
        sql`select nullif(current_setting('app.org_id', true), '') as org, current_setting('transaction_read_only') as only`,
      ),
    ).toEqual([{ org: null, only: 'off' }]);
  });
});
