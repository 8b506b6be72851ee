import { aWorld, type World } from '../../support/world';
import { problems, refusal, trailOf } from '../access/support/identity';
import {
  aDestination,
  ALL_TIME,
  anAuditAccount,
  DESTINATIONS,
  MISSING,
  seal,
  type Destination,
  type Replay,
} from './support/destinations';

describe('create-audit-log-replay: POST /v0/audit-log-destinations/{destinationId}/replays', () => {
  let world: World;
  let destination: Destination;
  let foreign: Destination;

  const ask = (id = destination.id, token = world.acme.admin, body: unknown = ALL_TIME) =>
    world.call('POST', `${DESTINATIONS}/${id}/replays`, { token, body });
  const stored = () => world.db.query(`select 1 from audit_delivery where kind = 'replay'`);

  beforeAll(async () => {
    world = await aWorld();
    await seal(world, world.acme);
  });

  beforeEach(async () => {
    await world.db.query('delete from audit_destination');
    destination = await aDestination(world, world.acme);
    foreign = await aDestination(world, world.globex);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 202 with the replay and its place', async () => {
      const answer = await ask();
      expect(answer.status).toBe(202);
      const replay = answer.json<Replay>();
      expect(replay).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        state: 'running',
        start_at: '2000-01-01T00:00:00.000000Z',
        end_at: '2100-01-01T00:00:00.000000Z',
        first_sequence: 1,
        last_sequence: 1,
        delivered_sequence: null,
        delivered: 0,
        missed: 0,
        attempts: 0,
        last_attempt_at: null,
        last_response_code: null,
        last_response_message: null,
        next_attempt_at: expect.any(String) as string,
        created_at: expect.any(String) as string,
        ended_at: null,
      });
      expect(answer.headers.location).toBe(`${DESTINATIONS}/${destination.id}/replays/${replay.id}`);
      const found = await world.call('GET', answer.headers.location ?? '', { token: world.acme.admin });
      expect(found.json()).toEqual(replay);
    });

    it('is one at a time for a destination', async () => {
      const answers = await Promise.all([ask(), ask(), ask()]);
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
      expect(refusal(await ask())).toEqual([409, 'audit_replay_running']);
      const other = await aDestination(world, world.acme, { name: 'other' });
      expect((await ask(other.id)).status).toBe(202);
    });

    it('waits as long as the destination is paused', async () => {
      const paused = await aDestination(world, world.acme, { name: 'paused', enabled: false });
      expect((await ask(paused.id)).json<Replay>()).toMatchObject({ state: 'paused', next_attempt_at: null });
    });

    it('writes one audit row with the range', async () => {
      const trail = await trailOf(world, world.acme, () => ask());
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'audit_replay.create',
          before: null,
          after: { start_at: '2000-01-01T00:00:00.000000Z', end_at: '2100-01-01T00:00:00.000000Z' },
        }),
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ start_at: undefined }, 'start_at', 'required'],
      [{ start_at: 'yesterday' }, 'start_at', 'is_date_time'],
      [{ start_at: null }, 'start_at', 'is_date_time'],
      [{ end_at: undefined }, 'end_at', 'required'],
      [{ end_at: '2026-02-30T00:00:00Z' }, 'end_at', 'is_date_time'],
      [{ end_at: ALL_TIME.start_at }, 'end_at', 'min'],
      [{ end_at: '1999-01-01T00:00:00Z' }, 'end_at', 'min'],
      [{ format: 'cef' }, 'format', 'unknown_property'],
    ])('row %# names the field and the rule, and nothing is begun', async (overrides, field, rule) => {
      const answer = await ask(destination.id, world.acme.admin, { ...ALL_TIME, ...overrides });
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      expect(await stored()).toEqual([]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401, be the destination there or not', async () => {
      for (const id of [destination.id, MISSING])
        expect((await world.call('POST', `${DESTINATIONS}/${id}/replays`, { body: ALL_TIME })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only read the trail', async () => {
      expect((await ask(destination.id, await anAuditAccount(world, world.acme, 'Viewer'))).status).toBe(403);
      expect(await stored()).toEqual([]);
      expect((await ask(destination.id, await anAuditAccount(world, world.acme, 'Admin'))).status).toBe(202);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign one, a missing one and what is no id, alike, and begins nothing', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'siem'].map((id) => ask(id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
      expect(await stored()).toEqual([]);
    });
  });
});
