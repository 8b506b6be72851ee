import { SigningKeys } from '@portolan/audit';
import { aWorld, type World } from '../../support/world';

const PATH = '/v0/audit-logs/jwks.json';

describe('get-audit-jwks: GET /v0/audit-logs/jwks.json', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  describe('works', () => {
    it('answers 200 with no key before the first row is sealed', async () => {
      const answer = await world.call('GET', PATH);
      expect(answer.status).toBe(200);
      expect(answer.json()).toEqual({ keys: [] });
    });

    it('has the current key and those that were replaced, and may be kept for some minutes', async () => {
      const { keyId } = await world.app.get(SigningKeys).signer();
      const newId = await world.app.get(SigningKeys).rotate();
      const answer = await world.call('GET', PATH);
      expect(answer.headers['cache-control']).toBe('public, max-age=300');
      expect(answer.json()).toEqual({
        keys: [keyId, newId].map((kid) => ({
          kty: 'OKP',
          crv: 'Ed25519',
          alg: 'EdDSA',
          use: 'sig',
          kid,
          x: expect.stringMatching(/^[\w-]{43}$/) as string,
        })),
      });
    });

    it('holds no private half', async () => {
      const sealed = await world.db.query<{ text: string }>(
        `select private_key_sealed as text from audit_signing_key where private_key_sealed is not null`,
      );
      const { text } = await world.call('GET', PATH);
      expect(text).not.toMatch(/"d"/);
      for (const { text: secret } of sealed) expect(text).not.toContain(secret);
    });
  });

  describe('rejects bad input', () => {
    it('answers 405 to other methods', async () => {
      expect((await world.call('POST', PATH, { token: world.acme.admin, body: {} })).status).toBe(405);
    });
  });

  describe('requires sign-in', () => {
    it('needs none, and reads no credential', async () => {
      expect((await world.call('GET', PATH, { token: 'garbage' })).status).toBe(200);
    });
  });

  describe('requires the permission', () => {
    it('needs none', async () => {
      expect((await world.call('GET', PATH, { token: await world.aUser(world.acme) })).status).toBe(200);
    });
  });

  describe('hides other organizations', () => {
    it('answers everybody alike: the keys are those of the installation', async () => {
      const texts = await Promise.all(
        [world.acme, world.globex].map(async ({ admin }) => (await world.call('GET', PATH, { token: admin })).text),
      );
      expect(new Set(texts).size).toBe(1);
      for (const { id } of [world.acme, world.globex]) expect(texts[0]).not.toContain(id);
    });
  });
});
