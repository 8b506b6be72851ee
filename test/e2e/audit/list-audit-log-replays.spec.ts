import { aWorld, type World } from '../../support/world';
import { problems, type Listed } from '../access/support/identity';
import {
  aDestination,
  anAuditAccount,
  aReplay,
  DESTINATIONS,
  MISSING,
  type Destination,
  type Replay,
} from './support/destinations';

describe('list-audit-log-replays: GET /v0/audit-log-destinations/{destinationId}/replays', () => {
  let world: World;
  let destination: Destination;
  let foreign: Destination;
  let replays: Replay[];

  const list = (query = '', token = world.acme.admin, id = destination.id) =>
    world.call('GET', `${DESTINATIONS}/${id}/replays${query}`, { token });
  const idsOf = async (query = '') => (await list(query)).json<Listed<Replay>>().data.map(({ id }) => id);

  beforeAll(async () => {
    world = await aWorld();
    destination = await aDestination(world, world.acme);
    foreign = await aDestination(world, world.globex);
    const other = await aDestination(world, world.acme, { name: 'other' });
    await aReplay(world, world.acme, other.id);
    await aReplay(world, world.globex, foreign.id);
    replays = [];
    // Nothing is sealed yet, so each is done at once.
    for (let i = 0; i < 3; i += 1) replays.push(await aReplay(world, world.acme, destination.id));
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers with the replays of the destination, newest first', async () => {
      const answer = await list();
      expect([answer.status, answer.json()]).toEqual([
        200,
        { data: [...replays].reverse(), meta: { page: { number: 1, size: 10, total: 3 } } },
      ]);
    });

    it('pages, finds and sorts', async () => {
      expect(await idsOf('?page[size]=2&page[number]=2')).toEqual([replays[0]?.id]);
      expect(await idsOf('?sort=created_at')).toEqual(replays.map(({ id }) => id));
      expect(await idsOf(`?filter[id]=${replays[1]?.id}`)).toEqual([replays[1]?.id]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['?page[size]=101', 'page[size]', 'max'],
      ['?sort=state', 'sort', 'enum'],
      ['?filter[ended_at]=x', 'filter[ended_at]', 'is_date_time'],
      ['?limit=5', 'limit', 'unknown_property'],
    ])('%s', async (query, field, rule) => {
      const answer = await list(query);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toEqual([expect.objectContaining({ field, rule, source: 'query' })]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401, be the destination there or not', async () => {
      for (const id of [destination.id, MISSING])
        expect((await world.call('GET', `${DESTINATIONS}/${id}/replays`)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers to whoever may read the trail, and to nobody else', async () => {
      expect((await list('', await anAuditAccount(world, world.acme, 'Viewer'))).status).toBe(200);
      const token = await world.aSystemAccount(world.acme, [{ role: 'Admin', on: '*' }]);
      expect((await list('', token)).status).toBe(403);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign destination, a missing one and what is no id, alike', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'x'].map((id) => list('', world.acme.admin, id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
    });
  });
});
