import { aWorld, type World } from '../../support/world';
import { problems, refusal, trailOf } from '../access/support/identity';
import {
  aDestination,
  anAuditAccount,
  type Destination,
  DESTINATIONS,
  MISSING,
  statusOf,
} from './support/destinations';

describe('update-audit-log-destination: PATCH /v0/audit-log-destinations/{destinationId}', () => {
  let world: World;
  let destination: Destination;
  let foreign: Destination;

  const ask = (id = destination.id, token = world.acme.admin, body: unknown = { name: 'new' }) =>
    world.call('PATCH', `${DESTINATIONS}/${id}`, { token, body });

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
    it('changes what is given and leaves the rest', async () => {
      const answer = await ask();
      expect([answer.status, answer.json()]).toEqual([
        200,
        { ...destination, name: 'new', updated_at: expect.any(String) as string },
      ]);
      const whole = { name: 'other', endpoint: 'https://other.example.com/x', format: 'cef', enabled: false };
      const changed = await ask(destination.id, world.acme.admin, { ...whole, authorization: null });
      expect(changed.json()).toMatchObject({ ...whole, authorization_set: false });
    });

    it('pauses and resumes', async () => {
      await ask(destination.id, world.acme.admin, { enabled: false });
      expect((await statusOf(world, world.acme, destination.id)).status).toBe('paused');
      await ask(destination.id, world.acme.admin, { enabled: true });
      expect((await statusOf(world, world.acme, destination.id)).status).toBe('active');
    });

    it('replaces the authorization, and tells that it did, not what it is', async () => {
      const read = () =>
        world.db.query('select authorization_sealed from audit_destination where id = $1', [destination.id]);
      const before = await read();
      const trail = await trailOf(world, world.acme, () =>
        ask(destination.id, world.acme.admin, { authorization: 'Bearer another' }),
      );
      expect(await read()).not.toEqual(before);
      expect(trail).toEqual([
        expect.objectContaining({
          action: 'audit_destination.update',
          before: destination,
          after: expect.objectContaining({ authorization_set: true, authorization_changed: true }) as object,
        }),
      ]);
      expect(JSON.stringify([trail, await read()])).not.toContain('another');
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{ name: null }, 'name', 'is_string'],
      [{ name: '' }, 'name', 'min_length'],
      [{ endpoint: null }, 'endpoint', 'is_string'],
      [{ endpoint: 'siem' }, 'endpoint', 'matches_regex'],
      [{ endpoint: 'https://siem.example.com:0x/', authorization: null }, 'endpoint', 'is_url'],
      [{ authorization: 'a\nb' }, 'authorization', 'matches_regex'],
      [{ format: 'leef' }, 'format', 'enum'],
      [{ enabled: null }, 'enabled', 'is_boolean'],
      [{ id: MISSING }, 'id', 'unknown_property'],
    ])('row %# names the field and the rule, and nothing is changed', async (body, field, rule) => {
      const answer = await ask(destination.id, world.acme.admin, body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body' }));
      const now = await world.call('GET', `${DESTINATIONS}/${destination.id}`, { token: world.acme.admin });
      expect(now.json()).toEqual(destination);
    });

    it('sends the authorization to no other endpoint unless it is given anew', async () => {
      const endpoint = 'https://elsewhere.example.com/';
      const answer = await ask(destination.id, world.acme.admin, { endpoint });
      expect([answer.status, problems(answer)]).toEqual([
        400,
        [expect.objectContaining({ field: 'authorization', rule: 'required' })],
      ]);
      const body = { endpoint, authorization: 'Bearer mine' };
      expect((await ask(destination.id, world.acme.admin, body)).status).toBe(200);
    });

    it('takes no endpoint that may not be reached', async () => {
      const body = { endpoint: 'http://169.254.169.254/', authorization: null };
      expect(refusal(await ask(destination.id, world.acme.admin, body))).toEqual([422, 'forbidden_address']);
    });

    it('takes no name that another one has', async () => {
      await aDestination(world, world.acme, { name: 'new' });
      expect(refusal(await ask())).toEqual([409, 'audit_destination_name_taken']);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401, be it there or not', async () => {
      for (const id of [destination.id, MISSING])
        expect((await world.call('PATCH', `${DESTINATIONS}/${id}`, { body: {} })).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it('answers 403 to whoever may only read the trail', async () => {
      expect((await ask(destination.id, await anAuditAccount(world, world.acme, 'Viewer'))).status).toBe(403);
      expect((await ask(destination.id, await anAuditAccount(world, world.acme, 'Admin'))).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers 404 for a foreign one, a missing one and what is no id, alike, and changes nothing', async () => {
      const answers = await Promise.all([foreign.id, MISSING, 'siem'].map((id) => ask(id)));
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
      expect(new Set(answers.map(({ masked }) => masked)).size).toBe(1);
      expect(await world.db.query(`select 1 from audit_destination where name = 'new'`)).toEqual([]);
    });
  });
});
