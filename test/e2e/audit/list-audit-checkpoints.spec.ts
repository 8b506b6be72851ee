import { createPublicKey, verify as isSigned } from 'node:crypto';
import { Chains } from '../../audit/chains';
import { aWorld, type World } from '../../support/world';

interface Checkpoint {
  readonly sequence: number;
  readonly hash: string;
  readonly created_at: string;
  readonly key_id: string;
  readonly signature: string;
  readonly token: string;
}

interface Page {
  readonly data: readonly Checkpoint[];
  readonly meta: { readonly page: { readonly size: number; readonly next: string | null } };
}

interface Keys {
  readonly keys: readonly { readonly kid: string; readonly kty: string; readonly crv: string; readonly x: string }[];
}

const ROWS = 5_000;

describe('list-audit-checkpoints: GET /v0/audit-logs/checkpoints', () => {
  let world: World;

  const list = (query = '', token = world.acme.admin) =>
    world.call('GET', `/v0/audit-logs/checkpoints${query}`, { token });

  beforeAll(async () => {
    world = await aWorld();
    const chains = new Chains(world);
    for (const [{ id }, rows] of [
      [world.acme, ROWS],
      [world.globex, 5],
    ] as const) {
      await world.db.query(
        `insert into audit_log (org_id, id, kind, action, result, principal_type, principal_name, request_id)
         select $1, gen_random_uuid(), 'change', 'team.create', 'success', 'system', 'x', 'x' from generate_series(1, $2)`,
        [id, rows],
      );
      await chains.seal(id, 1_000);
    }
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with the checkpoints, newest first', async () => {
      const answer = await list();
      expect(answer.status).toBe(200);
      const { data, meta } = answer.json<Page>();
      expect(meta).toEqual({ page: { size: 20, next: null } });
      expect(data.map(({ sequence }) => sequence)).toEqual([5_000, 4_000, 3_000, 2_000, 1_000]);
      for (const checkpoint of data)
        expect(checkpoint).toEqual({
          sequence: expect.any(Number) as number,
          hash: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
          created_at: expect.stringMatching(/\.\d{6}Z$/) as string,
          key_id: expect.any(String) as string,
          signature: expect.stringMatching(/^[\w-]{86}$/) as string,
          token: expect.stringMatching(/^[\w-]+\.[\w-]{86}$/) as string,
        });
    });

    it('gives tokens that anybody can verify with the published keys', async () => {
      const { keys } = (await world.call('GET', '/v0/audit-logs/jwks.json')).json<Keys>();
      for (const { token, signature, ...told } of (await list()).json<Page>().data) {
        const [text = '', signed = ''] = token.split('.');
        const said = Buffer.from(text, 'base64url');
        expect(JSON.parse(said.toString())).toEqual({ type: 'audit_checkpoint', org_id: world.acme.id, ...told });
        expect(signed).toBe(signature);
        const { kty, crv, x } = keys.find(({ kid }) => kid === told.key_id) ?? { kty: '', crv: '', x: '' };
        const key = createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
        expect(isSigned(null, said, key, Buffer.from(signed, 'base64url'))).toBe(true);
      }
    });

    it.each([1, 2, 3, 5, 1000])('gives every checkpoint exactly once in pages of %d', async (size) => {
      const seen: number[] = [];
      for (let path: string | null = `/v0/audit-logs/checkpoints?page[size]=${size}`; path !== null;) {
        const { data, meta }: Page = (await world.call('GET', path, { token: world.acme.admin })).json<Page>();
        expect(data.length).toBeLessThanOrEqual(size);
        seen.push(...data.map(({ sequence }) => sequence));
        path = meta.page.next;
      }
      expect(seen).toEqual([5_000, 4_000, 3_000, 2_000, 1_000]);
    });

    it('is empty before the first row is sealed', async () => {
      const { admin } = await world.anOrganization('empty');
      expect((await list('', admin)).json<Page>().data).toEqual([]);
    });
  });

  describe('rejects bad input', () => {
    it.each([
      ['page[size]=0', 'page[size]', 'min'],
      ['page[size]=1001', 'page[size]', 'max'],
      ['page[size]=x', 'page[size]', 'is_integer'],
      ['page[number]=2', 'page[number]', 'unknown_property'],
      ['page[after]=', 'page[after]', 'invalid'],
      ['page[after]=x', 'page[after]', 'invalid'],
    ])('%s names the parameter and the rule', async (query, field, rule) => {
      const answer = await list(`?${query}`);
      expect(answer.status).toBe(400);
      expect(answer.json<{ invalid_parameters: unknown[] }>().invalid_parameters).toEqual([
        expect.objectContaining({ field, rule, source: 'query' }),
      ]);
    });
  });

  describe('requires sign-in', () => {
    it('answers 401', async () => {
      expect((await world.call('GET', '/v0/audit-logs/checkpoints')).status).toBe(401);
    });
  });

  describe('requires the permission', () => {
    it.each(['Admin', 'Creator', 'Publisher', 'Viewer'] as const)(
      'answers 403 to a %s of every registry',
      async (role) => {
        const account = await world.aSystemAccount(world.acme, [{ role, on: '*' }]);
        expect((await list('', account)).status).toBe(403);
      },
    );
  });

  describe('hides other organizations', () => {
    it('shows each organization its own checkpoints only', async () => {
      const { data } = (await list('', world.globex.admin)).json<Page>();
      expect(data.map(({ sequence }) => sequence)).toEqual([6]);
    });

    it('answers a position of another organization like one that is none', async () => {
      const { next } = (await list('?page[size]=1')).json<Page>().meta.page;
      expect((await world.call('GET', String(next), { token: world.globex.admin })).status).toBe(400);
    });
  });
});
