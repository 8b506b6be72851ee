import { aWorld, type World } from '../../support/world';
import { needsIdentityAdmin, problems, refusal, trailOf, type Team } from './support/identity';

describe('create-team: POST /v0/teams', () => {
  let world: World;

  const create = (body: unknown, token = world.acme.admin) => world.call('POST', '/v0/teams', { token, body });

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 201 with the whole team', async () => {
      const answer = await create({ name: 'Payments', description: 'Pays', labels: { env: 'test' } });
      expect(answer.status).toBe(201);
      expect(answer.json()).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/) as string,
        name: 'Payments',
        description: 'Pays',
        labels: { env: 'test' },
        system_team: false,
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        updated_at: expect.stringMatching(/\.\d{6}Z$/) as string,
      });
      const { id } = answer.json<Team>();
      const read = await world.call('GET', `/v0/teams/${id}`, { token: world.acme.admin });
      expect(read.json()).toEqual(answer.json());
    });

    it('needs a name only', async () => {
      expect((await create({ name: 'Bare' })).json()).toMatchObject({ description: null, labels: {} });
      expect((await create({ name: 'Bare', description: null })).json()).toMatchObject({ description: null });
    });

    it('takes names that are there already, those of predefined teams too, and makes nobody an administrator', async () => {
      const ids = [];
      for (const name of ['Twice', 'Twice', 'Organization Admin']) {
        const answer = await create({ name });
        expect([answer.status, answer.json().system_team]).toEqual([201, false]);
        ids.push(answer.json().id);
      }
      expect(new Set(ids).size).toBe(3);
    });

    it('counts characters, not bytes', async () => {
      const name = '\u{1f6a2}'.repeat(250);
      expect((await create({ name, description: name })).json()).toMatchObject({ name, description: name });
    });

    it('writes one audit row with the team', async () => {
      let team: unknown;
      const trail = await trailOf(world, world.acme, async () => {
        team = (await create({ name: 'Watched', labels: { toString: 'x' } })).json();
      });
      expect(trail).toEqual([expect.objectContaining({ action: 'team.create', target_name: 'Watched', after: team })]);
    });

    it('answers 403 with the numbers when the quota is used up, and creates nothing', async () => {
      await world.db.query(`update organization set quotas = '{"teams": 0}' where id = $1`, [world.acme.id]);
      const count = async () => (await world.db.query(`select from team where org_id = $1`, [world.acme.id])).length;
      const before = await count();
      const answer = await create({ name: 'One too many' });
      expect(refusal(answer)).toEqual([403, 'quota_exceeded']);
      expect(answer.json().detail).toMatch(/Max allowed: 0/);
      expect(await count()).toBe(before);
      await world.db.query(`update organization set quotas = '{}' where id = $1`, [world.acme.id]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      [{}, 'name', 'required', {}],
      [{ name: null }, 'name', 'is_string', {}],
      [{ name: 7 }, 'name', 'is_string', {}],
      [{ name: '' }, 'name', 'min_length', { minimum: 1 }],
      [{ name: 'n'.repeat(251) }, 'name', 'max_length', { maximum: 250 }],
      [{ name: 'a\u0000' }, 'name', 'is_storable_text', {}],
      [{ name: 'x', description: 'd'.repeat(251) }, 'description', 'max_length', { maximum: 250 }],
      [{ name: 'x', description: '\ud800' }, 'description', 'is_storable_text', {}],
      [{ name: 'x', labels: null }, 'labels', 'is_label', {}],
      [{ name: 'x', labels: { kong: 'x' } }, 'labels', 'is_label', {}],
      [{ name: 'x', labels: { env: null } }, 'labels', 'is_label', {}],
      [{ name: 'x', system_team: true }, 'system_team', 'unknown_property', {}],
      [{ name: 'x', id: 'y' }, 'id', 'unknown_property', {}],
      [{ name: 'x', org_id: 'y' }, 'org_id', 'unknown_property', {}],
    ])('row %# names the field and the rule', async (body, field, rule, limits) => {
      const answer = await create(body);
      expect(answer.status).toBe(400);
      expect(problems(answer)).toContainEqual(expect.objectContaining({ field, rule, source: 'body', ...limits }));
    });
  });

  describe('requires sign-in', () => {
    it('answers 401 with WWW-Authenticate', async () => {
      const answer = await world.call('POST', '/v0/teams', { body: { name: 'nobody' } });
      expect([answer.status, answer.challenge]).toEqual([401, 'Bearer realm="portolan"']);
    });
  });

  describe('requires the permission', () => {
    needsIdentityAdmin(
      () => world,
      (token) => create({ name: 'denied' }, token),
    );
  });

  describe('hides other organizations', () => {
    it('puts the team into the organization of the credential', async () => {
      const { id } = (await create({ name: 'Theirs' }, world.globex.admin)).json<Team>();
      const rows = await world.db.query(`select org_id from team where id = $1`, [id]);
      expect(rows).toEqual([{ org_id: world.globex.id }]);
      expect((await world.call('GET', `/v0/teams/${id}`, { token: world.acme.admin })).status).toBe(404);
    });
  });
});
