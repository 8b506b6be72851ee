import { aWorld, type World } from '../../support/world';
import { trailOf } from '../access/support/identity';
import {
  aDestination,
  anAuditAccount,
  aReplay,
  DESTINATIONS,
  MISSING,
  seal,
  type Destination,
  type Replay,
} from './support/destinations';

describe('delete-audit-log-replay: DELETE /v0/audit-log-destinations/{destinationId}/replays/{replayId}', () => {
  let world: World;
  let destination: Destination;
  let replay: Replay;
  let theirs: Destination;
  let foreign: Replay;

  const ask = ({ on = destination.id, id = replay.id, token = world.acme.admin } = {}) =>
    world.call('DELETE', `${DESTINATIONS}/${on}/replays/${id}`, { token });

  beforeAll(async () => {
    world = await aWorld();
    for (const organization of [world.acme, world.globex]) await seal(world, organization);
  });

  beforeEach(async () => {
    await world.db.query('delete from audit_destination');
    destination = await aDestination(world, world.acme);
    replay = await aReplay(world, world.acme, destination.id);
    theirs = await aDestination(world, world.globex);
    foreign = await aReplay(world, world.globex, theirs.id);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('stops it: answers 204 without a body, and 404 the second time', async () => {
      const answer = await ask();
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect((await ask()).status).toBe(404);
      // Another one may begin.
      await aReplay(world, world.acme, destination.id);
    });

    it('leaves what is delivered anyway', async () => {
      const { id } = destination;
      await ask({ id: replay.id });
      expect(await world.db.query('select kind from audit_delivery where destination_id = $1', [id])).toEqual([
        { kind: 'live' },
      ]);
    });

    it('writes one audit row with what was stopped', async () => {
      const trail = await trailOf(world, world.acme, () => ask());
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'audit_replay.delete',
          target_id: replay.id,
          before: { state: 'running', start_at: replay.start_at, end_at: replay.end_at, delivered_sequence: null },
          after: null,
        }),
      ]);
    });
  });

  describe('rejects bad input', () => {
    it.each(['x', `${MISSING}x`, '*'])('answers 404 for %s, which is no id', async (id) => {
      expect((await ask({ id })).status).toBe(404);
      expect((await ask({ on: id })).status).toBe(404);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401, be it there or not', async () => {
      for (const id of [replay.id, MISSING])
        expect((await world.call('DELETE', `${DESTINATIONS}/${destination.id}/replays/${id}`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only read the trail', async () => {
      expect((await ask({ token: await anAuditAccount(world, world.acme, 'Viewer') })).status).toBe(403);
      expect((await ask({ token: await anAuditAccount(world, world.acme, 'Admin') })).status).toBe(204);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign one, a missing one and what is no id, alike, and stops nothing', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'x'].map((id) => ask({ id })));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
      expect((await ask({ on: theirs.id, id: foreign.id })).status).toBe(404);
      expect(await world.db.query(`select 1 from audit_delivery where kind = 'replay'`)).toHaveLength(2);
    });
  });
});
