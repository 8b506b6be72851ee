import { SealRows, SigningKeys } from '@portolan/audit';
import { loadApiConfig } from '@portolan/config';
import { createApp } from '../../apps/api/src/create-app';
import { sealAll, verifyAll } from '../support/sealing';
import { aWorld, TEST_ENVIRONMENT, type World } from '../support/world';
import { Chains, SOUND } from './chains';
import { Forger } from './forger';

const OTHER_KEY = Buffer.alloc(32, 9).toString('base64');

describe('Signing keys', () => {
  let world: World;
  let chains: Chains;
  let org: string;

  /** The program with another SECRETS_KEY on the same database. */
  const withSecretsKey = async <T>(
    secretsKey: string,
    work: (app: Awaited<ReturnType<typeof createApp>>) => Promise<T>,
  ) => {
    const settings = { ...TEST_ENVIRONMENT, DATABASE_URL: world.db.appUrl, SECRETS_KEY: secretsKey };
    const app = await createApp(loadApiConfig(settings));
    try {
      return await work(app);
    } finally {
      await app.close();
    }
  };
  const toldWith = (secretsKey: string) =>
    withSecretsKey(secretsKey, async (app) => {
      const { problem, first_bad_sequence: at } = await verifyAll(app, org);
      return { problem, at };
    });
  const keys = () =>
    world.db.query<{ id: string; has_private: boolean; is_retired: boolean }>(
      `select id, private_key_sealed is not null as has_private, retired_at is not null as is_retired
       from audit_signing_key order by created_at`,
    );

  beforeEach(async () => {
    world = await aWorld();
    chains = new Chains(world);
    org = world.acme.id;
    await chains.write(org, 5);
    await chains.seal(org);
  });

  afterEach(() => world.close());

  it('are made by the first use, once, though many come at once', async () => {
    await world.db.query('delete from audit_signing_key');
    const signers = await Promise.all([1, 2, 3, 4].map(() => world.app.get(SigningKeys).signer()));
    expect(new Set(signers.map(({ keyId }) => keyId)).size).toBe(1);
    expect(await keys()).toHaveLength(1);
  });

  it('can be replaced: what the old one signed stays valid, and its private half is gone', async () => {
    const [old] = await keys();
    const id = await world.app.get(SigningKeys).rotate();
    await chains.write(org, 5);
    await chains.seal(org);
    expect(await keys()).toEqual([
      { id: old?.id, has_private: false, is_retired: true },
      { id, has_private: true, is_retired: false },
    ]);
    expect(await chains.told(org)).toEqual(SOUND);
    const used = await world.db.query(`select distinct key_id from audit_seal where org_id = $1`, [org]);
    expect(used).toHaveLength(2);
  });

  it('can be replaced while a chain is sealed', async () => {
    const signer = await world.app.get(SigningKeys).signer();
    await chains.write(org, 5);
    await world.app.get(SigningKeys).rotate();
    await world.app.get(SealRows).execute(org, signer, 3);
    await chains.seal(org);
    expect(await chains.told(org)).toEqual(SOUND);
  });

  it('stay valid when SECRETS_KEY became "new,old"', async () => {
    const both = `${OTHER_KEY},${TEST_ENVIRONMENT.SECRETS_KEY}`;
    expect(await toldWith(both)).toEqual(SOUND);
    await withSecretsKey(both, async (app) => {
      await app.get(SigningKeys).rotate();
      await chains.write(org, 3);
      await sealAll(app, org);
    });
    expect(await toldWith(both)).toEqual(SOUND);
  });

  it('stay valid under "new" alone once they were replaced under "new,old"', async () => {
    const both = `${OTHER_KEY},${TEST_ENVIRONMENT.SECRETS_KEY}`;
    await world.app.get(SigningKeys).rotate();
    await chains.write(org, 3);
    await chains.seal(org);
    await withSecretsKey(both, async (app) => {
      await app.get(SigningKeys).rotate();
      await chains.write(org, 3);
      await sealAll(app, org);
    });
    expect(await keys()).toHaveLength(3);
    expect(await toldWith(OTHER_KEY)).toEqual(SOUND);
  });

  it('are not vouched for by a rotation when they were entered by somebody else', async () => {
    const forger = new Forger(world.db);
    await forger.enterKey();
    await world.app.get(SigningKeys).rotate();
    const published = (await world.app.get(SigningKeys).publicKeys()).map(({ kid }) => kid);
    expect(published).not.toContain(forger.key.id);
  });

  it('stay ours when a worthless attestation is put beside the first', async () => {
    await world.db.query(`select attest_audit_key(id, 'v1.AAAA') from audit_signing_key`);
    expect(await chains.told(org)).toEqual(SOUND);
  });

  it('are nobody’s under another SECRETS_KEY', async () => {
    expect(await toldWith(OTHER_KEY)).toEqual({ problem: 'signature_wrong', at: 1 });
  });

  it('tell nothing without SECRETS_KEY', async () => {
    await expect(toldWith('')).rejects.toMatchObject({ code: 'encryption_not_configured' });
  });

  it('are published with those that were replaced, and without one that was entered', async () => {
    const id = await world.app.get(SigningKeys).rotate();
    const forger = new Forger(world.db);
    await forger.enterKey();
    const published = (await world.app.get(SigningKeys).publicKeys()).map(({ kid }) => kid);
    expect(published).toHaveLength(2);
    expect(published).toContain(id);
    expect(published).not.toContain(forger.key.id);
  });

  it.each([
    ['public half', `public_key = sha256('x'::bytea)`],
    ['attestation', `attestation = 'v1.AAAA'`],
  ])('are not ours with another %s', async (_, set) => {
    await world.db.query(`update audit_signing_key set ${set}`);
    expect(await chains.told(org)).toEqual({ problem: 'signature_wrong', at: 1 });
  });

  it('that were deleted are told by the first row that they signed', async () => {
    await world.app.get(SigningKeys).rotate();
    await chains.write(org, 3);
    await chains.seal(org);
    await world.db.query('delete from audit_signing_key where retired_at is null');
    expect(await chains.told(org)).toEqual({ problem: 'signature_wrong', at: 7 });
  });
});
