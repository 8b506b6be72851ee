import { OrgDb, type Tx } from '@portolan/db';
import { TidySources } from '@portolan/mirror';
import { fillSharedSource } from '../support/mirror-rows';
import { aWorld, type World } from '../support/world';

const ITEMS = 20_001;

describe('A copy that nobody reads any more', () => {
  let world: World;

  beforeAll(async () => {
    world = await aWorld();
  });
  afterAll(() => world.close());

  it('is forgotten a piece at a time, with all of its documents', async () => {
    const sourceId = await fillSharedSource(world.db);
    await world.db.query(
      `with added as (
         insert into document (hash, body)
         select sha256(i::text::bytea), i::text from generate_series(3, $1::integer) i returning hash)
       insert into crawl_item (number, org_id, source_id, name, version, document_hash, status, precedence,
                               registry_types, transports)
       select i.number, i.org_id, i.source_id, i.name, encode(added.hash, 'hex'), added.hash, i.status, i.precedence,
              i.registry_types, i.transports
       from crawl_item i, added where i.source_id = $2`,
      [ITEMS + 1, sourceId],
    );
    await world.db.query(`update source set created_at = now() - interval '2 hours' where id = $1`, [sourceId]);
    const pieces: number[] = [];
    const counted = (tx: Tx): Tx => ({
      ...tx,
      rows: async <T>(query: Parameters<Tx['rows']>[0]) => {
        const rows = await tx.rows<T>(query);
        pieces.push(rows.length);
        return rows;
      },
    });
    const db = world.app.get(OrgDb, { strict: false });
    const write = db.write.bind(db);
    const spy = jest.spyOn(db, 'write').mockImplementation((ctx, work) => write(ctx, (tx) => work(counted(tx))));
    await world.app.get(TidySources, { strict: false }).execute(() => false);
    spy.mockRestore();
    expect(pieces).toEqual([10_000, 10_000, ITEMS - 20_000]);
    const [left] = await world.db.query(
      `select (select count(*)::integer from crawl_item where source_id = $1) as items,
              (select sum(jsonb_array_length(payload->'hashes'))::integer from outbox
               where name = 'catalogue.sweep_documents') as released`,
      [sourceId],
    );
    expect(left).toEqual({ items: 0, released: ITEMS });
  });
});
