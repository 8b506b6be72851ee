import { SealRows, SigningKeys } from '@portolan/audit';
import { aWorld, type World } from '../support/world';

describe('Sealing', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  });

  afterAll(() => world.close());

  it('gives every row of an organization the next number, without a gap', async () => {
    for (let i = 0; i < 10; i += 1) await world.aRegistry(world.acme, `r${i}`);
    const signer = await world.app.get(SigningKeys).signer();
    const sealed = await world.app.get(SealRows).execute(world.acme.id, signer, 4);
    expect(sealed.rows).toBe(4);
    while ((await world.app.get(SealRows).execute(world.acme.id, signer, 4)).rows > 0);
    const rows = await world.db.query<{ sequence: string }>(
      'select sequence from audit_seal where org_id = $1 order by sequence',
      [world.acme.id],
    );
    expect(rows.map(({ sequence }) => Number(sequence))).toEqual(Array.from({ length: 11 }, (_, i) => i + 1));
    expect(await world.db.query('select 1 from audit_unsealed where org_id = $1', [world.acme.id])).toEqual([]);
  });
});
