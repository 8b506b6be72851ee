import { aWorld, type World } from '../../support/world';
import { trailOf } from '../access/support/identity';
import { aSiem, type Siem } from '../../support/siem';
import { until } from '../../support/until';
import {
  aDestination,
  anAuditAccount,
  type Destination,
  DESTINATIONS,
  MISSING,
  statusOf,
} from './support/destinations';

describe('test-audit-log-destination: POST /v0/audit-log-destinations/{destinationId}/test', () => {
  let world: World;
  let destination: Destination;
  let foreign: Destination;
  let siem: Siem;

  const ask = (id = destination.id, token = world.acme.admin) =>
    world.call('POST', `${DESTINATIONS}/${id}/test`, { token });

  beforeAll(async () => {
    world = await aWorld({ RATE_LIMIT_EXPORT: '1000/1000' });
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
    it('sends one entry that is marked as a test, and tells how it went', async () => {
      const answer = await ask();
      expect([answer.status, answer.json()]).toEqual([200, { ok: true, response_code: 200, message: 'Delivered' }]);
      expect(siem.entries()).toEqual([
        expect.objectContaining({ type: 'test', org_id: world.acme.id, sig: expect.any(String) as string }),
      ]);
      expect(siem.requests[0]?.headers.authorization).toBe('Bearer secret');
    });

    it.each([
      [{ status: 401, body: 'who are you' }, 401, 'The endpoint did not accept the authorization'],
      [{ status: 404 }, 404, 'The endpoint refused the batch'],
      [
        { status: 307, headers: { Location: 'http://169.254.169.254/' } },
        307,
        'The endpoint answered with a redirect, which is not followed',
      ],
      ['reset' as const, null, 'The endpoint could not be reached, did not answer in time, or may not be reached'],
    ])('tells what went wrong without a word of the other side: %#', async (reaction, code, message) => {
      siem.react(reaction);
      expect((await ask()).json()).toEqual({ ok: false, response_code: code, message });
      expect(siem.requests).toHaveLength(1);
    });

    it('leaves what is delivered as it is', async () => {
      siem.react({ status: 500 });
      await ask();
      expect(await statusOf(world, world.acme, destination.id)).toMatchObject({ status: 'active', attempts: 0 });
    });

    it('is one at a time for an organization: a second one is answered with 429 and sends nothing', async () => {
      siem.react('hang');
      const first = ask();
      await until('the first is under way', () => siem.requests.length === 1);
      const second = await ask();
      expect([second.status, second.json().type]).toEqual([429, 'urn:portolan:error:rate_limited']);
      expect(Number(second.headers['retry-after'])).toBeGreaterThan(0);
      expect(siem.requests).toHaveLength(1);
      siem.release();
      expect((await first).json()).toMatchObject({ ok: false });
      expect((await ask()).json()).toMatchObject({ ok: true });
    });

    it('writes one audit row, whatever became of it', async () => {
      const good = await trailOf(world, world.acme, () => ask());
      siem.react({ status: 500 });
      const bad = await trailOf(world, world.acme, () => ask());
      expect([...good, ...bad]).toEqual(
        [
          { result: 'success', after: { response_code: 200 } },
          { result: 'failure', after: { response_code: 500 } },
        ].map(
          (row) =>
            expect.objectContaining({ action: 'audit_destination.test', target_id: destination.id, ...row }) as object,
        ),
      );
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
        expect((await world.call('POST', `${DESTINATIONS}/${id}/test`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only read the trail', async () => {
      expect((await ask(destination.id, await anAuditAccount(world, world.acme, 'Viewer'))).status).toBe(403);
      expect((await ask(destination.id, await anAuditAccount(world, world.acme, 'Admin'))).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign one, a missing one and what is no id, alike, and sends nothing', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'siem'].map((id) => ask(id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
      expect(siem.requests).toEqual([]);
    });
  });
});
