import { aWorld, type World } from '../../support/world';
import { aSiem, type Siem } from '../../support/siem';
import {
  aDestination,
  anAuditAccount,
  deliver,
  type Destination,
  DESTINATIONS,
  MISSING,
  seal,
  statusOf,
} from './support/destinations';

describe('get-audit-log-destination-status: GET /v0/audit-log-destinations/{destinationId}/status', () => {
  let world: World;
  let destination: Destination;
  let foreign: Destination;
  let siem: Siem;

  const ask = (id = destination.id, token = world.acme.admin) =>
    world.call('GET', `${DESTINATIONS}/${id}/status`, { token });

  beforeAll(async () => {
    world = await aWorld();
    siem = await aSiem();
  });

  beforeEach(async () => {
    await world.db.query('delete from audit_destination');
    destination = await aDestination(world, world.acme, { endpoint: siem.url, authorization: 'Bearer secret' });
    foreign = await aDestination(world, world.globex);
    siem.clear();
  });

  afterAll(async () => {
    await siem.close();
    await world.close();
  });

  describe('works', () => {
    it('tells that nothing was sent yet', async () => {
      const answer = await ask();
      expect([answer.status, answer.json()]).toEqual([
        200,
        {
          status: 'active',
          last_attempt_at: null,
          last_success_at: null,
          last_response_code: null,
          last_response_message: null,
          failing_since: null,
          attempts: 0,
          next_attempt_at: null,
          delivered_sequence: expect.any(Number) as number,
          last_sequence: expect.any(Number) as number,
          missed: 0,
        },
      ]);
    });

    it('tells how the last attempt went, in words that are not those of the other side', async () => {
      await seal(world, world.acme);
      siem.react({ status: 503, body: 'internal secret of the other side' });
      await deliver(world);
      const failing = await ask();
      expect(failing.json()).toMatchObject({
        status: 'inactive',
        last_response_code: 503,
        last_response_message: 'The endpoint answered that it failed',
        failing_since: expect.any(String) as string,
        last_success_at: null,
        attempts: 1,
        next_attempt_at: expect.any(String) as string,
      });
      expect(failing.text).not.toContain('internal secret');
    });

    it('tells that nothing is sent where the operator has set no key', async () => {
      const keyless = await aWorld({ SECRETS_KEY: '' });
      const { id } = await aDestination(keyless, keyless.acme);
      expect((await statusOf(keyless, keyless.acme, id)).status).toBe('unconfigured');
      await keyless.close();
    });
  });

  describe('rejects bad input', () => {
    it.each(['x', 'siem', `${MISSING}x`])('answers 404 for %s, which is no id', async (id) => {
      expect((await ask(id)).status).toBe(404);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401, be it there or not', async () => {
      for (const id of [destination.id, MISSING])
        expect((await world.call('GET', `${DESTINATIONS}/${id}/status`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers to whoever may read the trail, and to nobody else', async () => {
      expect((await ask(destination.id, await anAuditAccount(world, world.acme, 'Viewer'))).status).toBe(200);
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: '*' }]);
      expect((await ask(destination.id, token)).status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign one, a missing one and what is no id, alike', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'siem'].map((id) => ask(id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
    });
  });
});
