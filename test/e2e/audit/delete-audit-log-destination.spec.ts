import { aWorld, type World } from '../../support/world';
import { trailOf } from '../access/support/identity';
import { aDestination, anAuditAccount, aReplay, type Destination, DESTINATIONS, MISSING } from './support/destinations';

describe('delete-audit-log-destination: DELETE /v0/audit-log-destinations/{destinationId}', () => {
  let world: World;
  let destination: Destination;
  let foreign: Destination;

  const ask = (id = destination.id, token = world.acme.admin) =>
    world.call('DELETE', `${DESTINATIONS}/${id}`, { token });

  beforeAll(async () => {
    world = await aWorld();
  });

  beforeEach(async () => {
    await world.db.query('delete from audit_destination');
    destination = await aDestination(world, world.acme, { authorization: 'Bearer secret' });
    foreign = await aDestination(world, world.globex);
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 204 without a body, and 404 the second time', async () => {
      const answer = await ask();
      expect([answer.status, answer.text]).toEqual([204, '']);
      expect((await ask()).status).toBe(404);
    });

    it('takes its deliveries along, a replay that is under way among them', async () => {
      await aReplay(world, world.acme, destination.id);
      await ask();
      expect(await world.db.query('select 1 from audit_delivery where destination_id = $1', [destination.id])).toEqual(
        [],
      );
    });

    it('writes one audit row with what was deleted', async () => {
      const trail = await trailOf(world, world.acme, () => ask());
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'audit_destination.delete',
          target_id: destination.id,
          target_name: 'siem',
          before: destination,
          after: null,
        }),
      ]);
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
        expect((await world.call('DELETE', `${DESTINATIONS}/${id}`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only read the trail', async () => {
      expect((await ask(destination.id, await anAuditAccount(world, world.acme, 'Viewer'))).status).toBe(403);
      expect((await ask(destination.id, await anAuditAccount(world, world.acme, 'Admin'))).status).toBe(204);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign one, a missing one and what is no id, alike, and deletes nothing', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'siem'].map((id) => ask(id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
      expect(await world.db.query('select 1 from audit_destination')).toHaveLength(2);
    });
  });
});
