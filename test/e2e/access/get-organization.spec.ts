import { aWorld, type World } from '../../support/world';
import { operate } from './operator';
import { MISSING, problem } from './token-owners';

describe('get-organization: GET /v0/organizations/{organizationId}', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the organization as the list shows it, and no token', async () => {
      const answer = await operate(world).get(world.acme.id);
      expect(answer.status).toBe(200);
      const { data } = (await operate(world).list('?filter[name]=acme')).json<{ data: unknown[] }>();
      expect(answer.json()).toEqual(data[0]);
      expect((await operate(world).get(world.acme.id.toUpperCase())).text).toBe(answer.text);
    });
  });

  describe('rejects bad input', () => {
    it('answers 404 for what is not there and what is no id, alike', async () => {
      const answers = [];
      for (const id of [MISSING, 'acme', `${world.acme.id}0`]) answers.push(await operate(world).get(id));
      for (const answer of answers) {
        expect(problem(answer)).toEqual([404, 'organization_not_found']);
        expect(answer.masked).toBe(answers[0]?.masked);
      }
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 without a credential', async () => {
      expect((await operate(world, '').get(world.acme.id)).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to organization admins, for their own one, too', async () => {
      expect(problem(await operate(world, world.acme.admin).get(world.acme.id))).toEqual([403, 'forbidden']);
    });
  });

  describe('hides other organizations', () => {
    it('answers members alike for a foreign, a missing and the own one', async () => {
      const answers = [];
      for (const id of [world.globex.id, MISSING, world.acme.id, 'no-id'])
        answers.push((await operate(world, world.acme.admin).get(id)).masked);
      expect(new Set(answers).size).toBe(1);
    });
  });
});
