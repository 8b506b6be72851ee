import { constant, sql, toSql } from '@portolan/db';
import { isReservedSql } from '@portolan/namespaces';
import { asApplication } from '../../support/as-application';
import { aWorld, type Organization, type World } from '../../support/world';
import { aReserved } from './support/reserved-namespaces';

describe('A reserved namespace', () => {
  let world: World;

  /** Those of the names that the organization has reserved, in one statement for all. */
  async function reservedOf(organization: Organization, names: readonly string[]): Promise<string[]> {
    const { text, values } = toSql(sql`
      select name from unnest(${names}::text[]) with ordinality as named (name, place)
      where ${isReservedSql(organization.id, constant('named.name'))} order by place`);
    const rows = await asApplication<{ name: string }>(world.db, organization.id, text, values);
    return rows.map(({ name }) => name);
  }

  beforeAll(async () => {
    world = await aWorld();
    await aReserved(world, world.acme, 'com.example');
    await aReserved(world, world.acme, 'io.github.acme');
    await aReserved(world, world.globex, 'org.globex');
  });

  afterAll(() => world.close());

  it.each([
    'com.example/x',
    'COM.Example/X',
    'com.example.tools/x',
    'com.example.Tools.eu/x',
    'com.example./x',
    'io.github.Acme/x',
    'io.github.acme.labs/x',
  ])('covers %s', async (name) => {
    expect(await reservedOf(world.acme, [name])).toEqual([name]);
  });

  it.each([
    'com.example-evil/x',
    'com.examples/x',
    'com.exampl/x',
    'com/example',
    'com/com.example',
    'org.com.example/x',
    '.com.example/x',
    'com..example/x',
    'com_example/x',
    'comXexample/x',
    'io.github/acme',
    'io.github.acme-inc/x',
    'org.globex/x',
    '/com.example',
    '',
  ])('does not cover %s', async (name) => {
    expect(await reservedOf(world.acme, [name])).toEqual([]);
  });

  it('is told for many names in one statement, each once, also where two cover it', async () => {
    await aReserved(world, world.acme, 'com.example.tools');
    const names = ['com.example.tools/a', 'com.other/b', 'com.example/c', 'org.globex/d'];
    expect(await reservedOf(world.acme, names)).toEqual(['com.example.tools/a', 'com.example/c']);
  });

  it('is of its organization alone', async () => {
    expect(await reservedOf(world.globex, ['com.example/x', 'org.globex/x'])).toEqual(['org.globex/x']);
  });

  it('is looked up, and never searched for: the number of reserved ones is nothing to a name', async () => {
    await world.db.query(
      `insert into reserved_namespace (org_id, id, namespace)
       select $1, gen_random_uuid(), 'net.n' || n from generate_series(1, 1000) n`,
      [world.acme.id],
    );
    await world.db.query('analyze reserved_namespace');
    const { text, values } = toSql(sql`
      explain (format json) select n from generate_series(1, 100000) n
      where ${isReservedSql(world.acme.id, constant("'com.example' || n || '/x'"))}`);
    const [row] = await asApplication<{ 'QUERY PLAN': unknown }>(world.db, world.acme.id, text, values);
    const plan = JSON.stringify(row?.['QUERY PLAN']);
    expect(plan).toContain('"Index Name":"reserved_namespace_key"');
    expect(plan).toMatch(/"Index Cond":"\(\(org_id = [^"]+\) AND \(namespace = array_to_string/);
    expect(plan).not.toContain('"Node Type":"Seq Scan"');
  });
});
