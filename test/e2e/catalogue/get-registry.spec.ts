import type { Answer } from '../../support/http';
import { aWorld, type World } from '../../support/world';
import { aMirror } from '../sub-api/mirrored';

const MISSING = '00000000-0000-7000-8000-000000000000';

describe('get-registry: GET /v0/registries/{registryIdentifier}', () => {
  let world: World;
  let id: string;
  let foreign: string;

  const get = (identifier: string, token?: string, base = '/v0/registries') =>
    world.call('GET', `${base}/${identifier}`, token === undefined ? {} : { token });

  beforeAll(async () => {
    world = await aWorld();
    const settings = { display_name: 'Tools', description: 'Ours', labels: { env: 'test' } };
    id = await world.aRegistry(world.acme, 'tools', settings);
    foreign = await world.aRegistry(world.globex, 'tools', { ...settings, description: 'Theirs' });
    await world.aRegistry(world.acme, 'open', { visibility: 'public' });
    await world.aRegistry(world.globex, 'open', { visibility: 'public' });
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the registry by its id', async () => {
      const answer = await get(id, world.acme.admin);
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({
        id,
        name: 'tools',
        display_name: 'Tools',
        description: 'Ours',
        labels: { env: 'test' },
        visibility: 'private',
        created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        updated_at: expect.stringMatching(/\.\d{6}Z$/) as string,
        mirrored_data_as_of: null,
      });
    });

    it('answers alike by name, by an id in capitals and at the alias', async () => {
      const { text } = await get(id, world.acme.admin);
      for (const [base, identifier] of [
        ['/v0/registries', 'tools'],
        ['/v0/registries', id.toUpperCase()],
        ['/v0/mcp-registries', 'tools'],
        ['/v0/mcp-registries', id],
      ] as const)
        expect((await get(identifier, world.acme.admin, base)).text).toBe(text);
    });

    it('means the own registry by a name that both organizations use', async () => {
      expect((await get('tools', world.acme.admin)).json().description).toBe('Ours');
      expect((await get('tools', world.globex.admin)).json().description).toBe('Theirs');
    });

    it('says how old the oldest data are that its enabled mirrors show, as the list does', async () => {
      const mirroring = { organization: world.acme, id: await world.aRegistry(world.acme, 'mirroring') };
      const ages: unknown[] = [];
      const look = async () => {
        const { mirrored_data_as_of: age } = (await get(mirroring.id, world.acme.admin)).json();
        const listed = await world.call('GET', '/v0/registries?filter[name]=mirroring', { token: world.acme.admin });
        expect(listed.json<{ data: Record<string, unknown>[] }>().data[0]?.mirrored_data_as_of).toBe(age);
        ages.push(age);
      };
      const changed = (state: string) =>
        world.db.query(`update mirror set ${state} where registry_id = $1`, [mirroring.id]);
      const [source] = await world.db.query<{ id: string }>(
        `update source set number = 7, head = 7, head_started_at = '2025-10-03T00:00:00Z' returning id`,
      );
      const shown = { source_id: source?.id, applied_crawl: 7, data_as_of: '2025-10-01T00:00:00Z' };
      await aMirror(world, mirroring, { ...shown, upstream: 'fresh' });
      await look();
      await aMirror(world, mirroring, {
        ...shown,
        upstream: 'behind',
        applied_crawl: 6,
        data_as_of: '2025-10-02T00:00:00Z',
      });
      await look();
      await aMirror(world, mirroring, { upstream: 'new' });
      await look();
      await changed(`enabled = applied_crawl is not null, data_as_of = data_as_of + interval '10 days'`);
      await look();
      await changed('enabled = false');
      await look();
      expect(ages).toEqual([
        '2025-10-03T00:00:00.000000Z',
        '2025-10-02T00:00:00.000000Z',
        null,
        '2025-10-11T00:00:00.000000Z',
        null,
      ]);
    });

    it('may be kept by nobody', async () => {
      expect((await get(id, world.acme.admin)).headers['cache-control']).toBe('no-store');
    });
  });

  describe('rejects bad input', () => {
    it.each(['Tools', 'tools%20', "tools'--", 'a'.repeat(200), '..%2Ftools', `${MISSING}x`])(
      '%s is no registry',
      async (identifier) => {
        const answer = await get(identifier, world.acme.admin);
        expect([answer.status, answer.json().type]).toEqual([404, 'urn:portolan:error:registry_not_found']);
      },
    );

    it.each(['tools%00', '%FF', '%ED%A0%80'])('%s is no text', async (identifier) => {
      expect((await get(identifier, world.acme.admin)).status).toBe(400);
    });
  });

  describe('requires sign-in', () => {
    it('answers the same 401 for a private, a public and a missing registry', async () => {
      const answers = await Promise.all([get(id), get('open'), get(MISSING), get('missing')]);
      for (const answer of answers) {
        expect(answer.status).toBe(401);
        expect(answer.challenge).toBe('Bearer realm="portolan", resource_metadata=*');
        expect(masked(answer)).toEqual(masked(answers[0]));
      }
    });
  });

  describe('requires the permission', () => {
    it('answers 404, as for a missing one, to somebody without a role on it', async () => {
      const nobody = await world.aUser(world.acme);
      const answer = await get(id, nobody);
      expect(answer.status).toBe(404);
      expect(masked(answer)).toEqual(masked(await get(MISSING, nobody)));
      expect(masked(await get('tools', nobody))).toEqual(masked(await get('missing', nobody)));
    });

    it('answers 403 to a Creator, who may list but not read it', async () => {
      const creator = await world.aSystemAccount(world.acme, [{ role: 'Creator', on: '*' }]);
      const answer = await get(id, creator);
      expect([answer.status, answer.json().type]).toEqual([403, 'urn:portolan:error:forbidden']);
    });

    it('answers 403 for a public registry, which is no secret', async () => {
      expect((await get('open', await world.aUser(world.acme))).status).toBe(403);
    });

    it.each(['Viewer', 'Publisher', 'Admin'] as const)('answers a %s of this one registry', async (role) => {
      const account = await world.aSystemAccount(world.acme, [{ role, on: id }]);
      expect((await get('tools', account)).status).toBe(200);
    });

    it('writes a refusal down once, with the registry only where the caller may know it', async () => {
      const nobody = await world.aUser(world.acme);
      const denials = () =>
        world.db.query<{ org_id: string; registry_id: string | null }>(
          `select org_id, registry_id from audit_log where action = 'permission.deny' and target_name = $1`,
          [`GET /v0/registries/${foreign}`],
        );
      await get(foreign, nobody);
      expect(await denials()).toEqual([{ org_id: world.acme.id, registry_id: null }]);
    });
  });

  describe('hides other organizations', () => {
    it('answers for a foreign id, private or public, as for a missing one', async () => {
      const missing = masked(await get(MISSING, world.acme.admin));
      const open = await world.db.query<{ id: string }>(
        `select r.id from registry r where r.org_id = $1 and r.name = 'open'`,
        [world.globex.id],
      );
      for (const one of [foreign, open[0]?.id ?? '']) {
        const answer = await get(one, world.acme.admin);
        expect(answer.status).toBe(404);
        expect(masked(answer)).toEqual(missing);
      }
    });

    it('says nothing of the mirrors of another organization', async () => {
      const state = { upstream: 'theirs', data_as_of: '2025-10-01T00:00:00Z' };
      await aMirror(world, { organization: world.globex, id: foreign }, state);
      expect((await get('tools', world.globex.admin)).json().mirrored_data_as_of).toBe('2025-10-01T00:00:00.000000Z');
      expect((await get('tools', world.acme.admin)).json().mirrored_data_as_of).toBeNull();
    });

    it('finds a registry whose name looks like the id of a foreign one', async () => {
      const before = masked(await get(foreign, world.acme.admin));
      expect(before.status).toBe(404);
      await world.aRegistry(world.acme, foreign);
      await world.aRegistry(world.acme, MISSING);
      for (const name of [foreign, MISSING]) expect((await get(name, world.acme.admin)).json().name).toBe(name);
    });
  });
});

function masked(answer: Answer | undefined) {
  const { 'x-request-id': requestId, 'www-authenticate': _named, ...headers } = answer?.headers ?? {};
  return {
    status: answer?.status,
    headers: { ...headers, date: '' },
    text: answer?.text.replaceAll(String(requestId), 'TRACE'),
  };
}
