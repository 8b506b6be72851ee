import { Changes } from '@portolan/db';
import { call } from '../../support/http';
import { anotherProcess, type OtherProcess } from '../../support/other-process';
import { aServer, aWorld, type World } from '../../support/world';

describe('the visibility of a registry', () => {
  let world: World;
  let second: OtherProcess;
  let origins: readonly string[];
  let id: string;

  beforeAll(async () => {
    world = await aWorld();
    second = await anotherProcess(world);
    origins = [world.url, second.url];
    id = await world.aRegistry(world.acme, 'tools');
    await world.aRegistry(world.globex, 'tools');
    await world.publish(world.acme, id, aServer());
  });

  afterAll(async () => {
    await second.close();
    await world.close();
  });

  const change = async (origin: string, visibility: string) => {
    const body = { visibility };
    const answer = await call(origin, 'PATCH', `/v0/registries/${id}`, { token: world.acme.admin, body });
    // Where it was changed it counts at once; all others have to be told.
    const path = `/registries/${id}/v0.1/servers`;
    expect((await call(origin, 'GET', path)).status).toBe(visibility === 'public' ? 200 : 401);
    await Promise.all([second.told(), world.app.get(Changes, { strict: false }).settled()]);
    return answer;
  };

  /** What a stranger, and a member of another organization, gets from both processes at every base. */
  const asked = async () => {
    const statuses = new Set<string>();
    for (const origin of origins)
      for (const base of [`/registries/${id}`, `/v0/registries/${id}`, '/o/acme/registries/tools'])
        for (const path of ['servers', 'servers/com.example%2Fweather/versions/latest']) {
          const stranger = await call(origin, 'GET', `${base}/v0.1/${path}`);
          const other = await call(origin, 'GET', `${base}/v0.1/${path}`, { token: world.globex.admin });
          statuses.add(`${stranger.status} ${other.status} ${String(stranger.headers['cache-control'])}`);
        }
    return [...statuses];
  };

  it('counts at once where it is changed, and in every API process that is told, both ways', async () => {
    expect(await asked()).toEqual(['401 404 no-store']);
    for (const origin of origins) {
      expect((await change(origin, 'public')).status).toBe(200);
      expect(await asked()).toEqual(['200 200 public, max-age=1, must-revalidate']);
      expect((await change(origin, 'private')).status).toBe(200);
      expect(await asked()).toEqual(['401 404 no-store']);
    }
  });

  it('gives what was read while it was public to nobody afterwards, not even as unchanged', async () => {
    const path = `/registries/${id}/v0.1/servers`;
    await change(world.url, 'public');
    const { headers } = await world.call('GET', path);
    await change(world.url, 'private');
    const answer = await world.call('GET', path, { headers: { 'if-none-match': headers.etag ?? '' } });
    expect([answer.status, answer.headers.etag]).toEqual([401, undefined]);
  });

  it('never opens a change, nor the settings, to strangers', async () => {
    await change(world.url, 'public');
    for (const [method, path] of [
      ['POST', `/registries/${id}/v0.1/publish`],
      ['DELETE', `/registries/${id}/v0.1/servers/com.example%2Fweather/versions/1.0.0`],
      ['GET', `/v0/registries/${id}`],
      ['GET', `/v0/registries/${id}/capability-urls`],
      ['PATCH', `/v0/registries/${id}`],
    ] as const)
      expect((await world.call(method, path, method === 'GET' || method === 'DELETE' ? {} : { body: {} })).status).toBe(
        401,
      );
  });

  it('is changed by an Admin of the registry only, and each change and refusal is in the audit trail', async () => {
    await change(world.url, 'private');
    const admin = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: id }]);
    const publisher = await world.aSystemAccount(world.acme, [{ role: 'Publisher', on: id }]);
    const patch = (token: string) =>
      world.call('PATCH', `/v0/registries/${id}`, { token, body: { visibility: 'public' } });
    await world.db.query('delete from audit_log');
    expect([(await patch(publisher)).status, (await patch(world.globex.admin)).status]).toEqual([403, 404]);
    expect((await patch(admin)).status).toBe(200);
    const rows = await world.db.query(
      `select org_id, action, result, before ->> 'visibility' as before, after ->> 'visibility' as after
       from audit_log order by occurred_at`,
    );
    const denied = { action: 'permission.deny', result: 'denied', before: null, after: null };
    expect(rows).toEqual([
      { org_id: world.acme.id, ...denied },
      { org_id: world.globex.id, ...denied },
      { org_id: world.acme.id, action: 'registry.update', result: 'success', before: 'private', after: 'public' },
    ]);
  });
});
