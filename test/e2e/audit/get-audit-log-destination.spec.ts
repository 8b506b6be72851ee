import { aWorld, type World } from '../../support/world';
import { aDestination, anAuditAccount, type Destination, DESTINATIONS, MISSING } from './support/destinations';

describe('get-audit-log-destination: GET /v0/audit-log-destinations/{destinationId}', () => {
  let world: World;
  let destination: Destination;
  let foreign: Destination;

  const ask = (id = destination.id, token = world.acme.admin) => world.call('GET', `${DESTINATIONS}/${id}`, { token });

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
    it('answers with the whole destination, by an id in any case, and never with the authorization', async () => {
      const answer = await ask(destination.id.toUpperCase());
      expect([answer.status, answer.json()]).toEqual([200, destination]);
      expect(destination.authorization_set).toBe(true);
      expect(answer.text).not.toContain('Bearer');
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
        expect((await world.call('GET', `${DESTINATIONS}/${id}`)).status).toBe(401);
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
