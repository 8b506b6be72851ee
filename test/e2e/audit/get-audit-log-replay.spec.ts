import { aWorld, type World } from '../../support/world';
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

describe('get-audit-log-replay: GET /v0/audit-log-destinations/{destinationId}/replays/{replayId}', () => {
  let world: World;
  let destination: Destination;
  let replay: Replay;
  let theirs: Destination;
  let foreign: Replay;

  const ask = ({ on = destination.id, id = replay.id, token = world.acme.admin } = {}) =>
    world.call('GET', `${DESTINATIONS}/${on}/replays/${id}`, { token });

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
    it('answers with the whole replay', async () => {
      const answer = await ask();
      expect([answer.status, answer.json()]).toEqual([200, replay]);
    });

    it('answers 404 for a replay to another destination', async () => {
      const other = await aDestination(world, world.acme, { name: 'other' });
      expect((await ask({ on: other.id })).status).toBe(404);
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
        expect((await world.call('GET', `${DESTINATIONS}/${destination.id}/replays/${id}`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers to whoever may read the trail, and to nobody else', async () => {
      expect((await ask({ token: await anAuditAccount(world, world.acme, 'Viewer') })).status).toBe(200);
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: '*' }]);
      expect((await ask({ token })).status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign one, a missing one and what is no id, alike', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'x'].map((id) => ask({ id })));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
      expect((await ask({ on: theirs.id, id: foreign.id })).status).toBe(404);
    });
  });
});
