import type { Answer } from '../../support/http';
import { fillEveryTable } from '../../support/every-table';
import { inBatches } from '../fixture';
import { aFullWorld, complaint, LISTS, type FullWorld, type ManagementOperation } from './management-api';

const NO_SIZES = [
  '0',
  '-1',
  '1000001',
  '1e9',
  '1e1',
  'NaN',
  'Infinity',
  '1.5',
  '0x10',
  '+1',
  '%201',
  '1%0A',
  '%EF%BC%91',
  'null',
  'true',
  '[]',
  "1'",
  '1;select%20pg_sleep(9)',
  '9'.repeat(400),
  '',
];

const SORTS = [
  'org_id',
  'hash',
  '__proto__',
  'constructor',
  'toString',
  'id;drop%20table%20team',
  'created_at%20desc%20nulls%20first',
  '(select%201)',
  '1',
  ',',
  ',,,,,',
  'created_at%0Adesc',
];

/** Texts of which a database, a pattern or a shell might make more than a text. */
const TEXTS: Readonly<Record<string, string>> = {
  'ten thousand characters': 'a'.repeat(10_000),
  'any text, as a pattern': '%%%%',
  'any characters, as a pattern': '_____',
  'an escape, as a pattern': '\\',
  'a slow regular expression': `(a+)+$${'a'.repeat(50)}!`,
  'an SQL text': "' or 1=1 --",
  'an SQL text in dollars': '$$; drop table team; $$',
  'a parameter of SQL': '$1',
  'a JSON text': '{"$ne":null}',
  'an object of the program': '__proto__',
  'a bidirectional override': '\u202eevil',
  'a character of four bytes': '\u{1f4a9}',
};

const NO_TEXTS = ['%00', 'a%00b', '%ED%A0%80', '%ff', '%', '%zz', '%c0%af'];

const paged = (answer: Answer) => answer.json<{ data: unknown[]; meta: { page: { total?: number } } }>();

describe('A list of the management API', () => {
  let world: FullWorld;

  const ask = (operation: ManagementOperation, query: string) => world.ask(operation, { suffix: `?${query}` });
  const complaints = (operation: ManagementOperation, queries: readonly string[]) =>
    inBatches(queries, async (query) => [query, complaint(await ask(operation, query))] as const);

  beforeAll(async () => {
    world = await aFullWorld({ RATE_LIMIT_SEARCH: '100000/1000000' });
  });

  afterAll(() => world.close());

  it.each(LISTS)('$id gives as much as a page may hold, and no page that is no number', async (operation) => {
    const parameters = operation.query.includes('page[number]') ? ['page[size]', 'page[number]'] : ['page[size]'];
    for (const parameter of parameters) {
      const queries = [
        ...NO_SIZES.map((size) => `${parameter}=${size}`),
        `${parameter}=1&${parameter}=2`,
        `${parameter}[]=1`,
        `${parameter}[0]=1`,
        `${parameter}[toString]=1`,
        `${parameter.replace('[', '%5B').replace(']', '%5D')}=0`,
      ];
      for (const [query, found] of await complaints(operation, queries))
        expect([query, found]).toEqual([query, expect.stringMatching(/^400 invalid_parameters \S+ \w+$/)]);
    }
    const other = [
      ...['limit=1000000', 'size=9', 'page=9', 'page[]=9', 'page[__proto__]=9', '__proto__=1', 'org_id=1'],
    ];
    for (const [query, found] of await complaints(operation, other))
      expect([query, found]).toEqual([query, expect.stringMatching(/^400 invalid_parameters \S+ unknown_property$/)]);
  });

  it.each(LISTS.filter(({ query }) => query.includes('page[number]')))(
    '$id answers a page beyond the last with nothing and the same total',
    async (operation) => {
      const first = paged(await ask(operation, 'page[size]=100'));
      const last = paged(await ask(operation, 'page[size]=100&page[number]=1000000'));
      expect([last.data, last.meta.page.total]).toEqual([[], first.meta.page.total]);
      expect(first.data.length).toBeGreaterThan(0);
    },
  );

  it.each(LISTS.filter(({ query }) => query.includes('sort')))('$id sorts by what it shows only', async (operation) => {
    for (const [query, found] of await complaints(
      operation,
      SORTS.map((sort) => `sort=${sort}`),
    ))
      expect([query, found]).toEqual([query, '400 invalid_parameters sort enum']);
  });

  it.each(LISTS.filter(({ filters }) => filters.length > 0))(
    '$id takes whatever it is asked to look for as that text and nothing more',
    async (operation) => {
      const fields = operation.filters;
      const everything = found(await ask(operation, 'page[size]=1'));
      const tried = fields.flatMap((field) =>
        ['', '[eq]', '[contains]', '[ocontains]', '[oeq]', '[gt]'].flatMap((operator) =>
          Object.entries(TEXTS).map(([what, value]) => ({ field, operator, what, value })),
        ),
      );
      const wrong = await inBatches(tried, async ({ field, operator, what, value }) => {
        const answer = await ask(operation, `filter[${field}]${operator}=${encodeURIComponent(value)}`);
        const { status } = answer;
        const fits = status === 400 || (status === 200 && found(answer) === 0);
        return fits ? [] : [`${field}${operator} ${what}: ${status} ${answer.text.slice(0, 200)}`];
      });
      expect(wrong.flat()).toEqual([]);
      expect(everything).toBeGreaterThan(0);

      const noTexts = fields.flatMap((field) => NO_TEXTS.map((value) => `filter[${field}]=${value}`));
      const statuses = await inBatches(noTexts, async (query) => (await ask(operation, query)).status);
      expect(new Set(statuses)).toEqual(new Set([400]));
    },
  );

  it.each(LISTS.filter(({ filters }) => filters.length > 0))('$id filters by what it shows only', async (operation) => {
    const queries = [
      ...['org_id', 'hash', 'public_id', 'password', '__proto__', 'constructor', 'toString', 'id)--', ''].map(
        (field) => `filter[${field}]=x`,
      ),
      'filter=x',
      'filter[]=x',
      `filter[${operation.filters[0] ?? ''}][regex]=x`,
      `filter[${operation.filters[0] ?? ''}][__proto__]=x`,
      `filter[${operation.filters[0] ?? ''}][eq][eq]=x`,
      Array.from({ length: 21 }, () => `filter[created_at][gt]=2000-01-01T00:00:00Z`).join('&'),
    ];
    for (const [query, found] of await complaints(operation, queries))
      expect([query, found]).toEqual([query, expect.stringMatching(/^400 invalid_parameters /)]);
  });

  it('counts nothing that its caller may not see', async () => {
    const lists = LISTS.filter(({ id, query }) => id !== 'list-organizations' && query.includes('page[number]'));
    const totals = () =>
      inBatches(lists, async (operation) => [operation.id, paged(await ask(operation, 'page[size]=100')).meta]);
    const before = await totals();
    for (const mark of ['more', 'still more'])
      await fillEveryTable(
        world.db,
        world.globex.id,
        await world.aRegistry(world.globex, mark.replace(' ', '-')),
        mark.replace(' ', '-'),
      );
    await world.aRegistry(world.globex, 'open', { visibility: 'public' });
    expect(await totals()).toEqual(before);

    const hidden = await world.aRegistry(world.acme, 'hidden');
    const shown = await world.aRegistry(world.acme, 'shown');
    const viewer = await world.aSystemAccount(world.acme, [{ role: 'Viewer', on: shown }]);
    for (const query of ['', '?filter[name][ocontains]=hidden,shown', `?filter[id][oeq]=${hidden},${shown}`]) {
      const answer = await world.call('GET', `/v0/registries${query}`, { token: viewer });
      expect([query, paged(answer).data, paged(answer).meta.page.total]).toEqual([
        query,
        [expect.objectContaining({ id: shown })],
        1,
      ]);
    }
  });
});

describe('An id', () => {
  let world: FullWorld;

  beforeAll(async () => {
    world = await aFullWorld();
  });

  afterAll(() => world.close());

  it('is a UUID that no other id leads to', async () => {
    const columns = await world.db.query<{ table: string }>(
      `select c.table_name as table from information_schema.columns c
       join information_schema.columns o on o.table_name = c.table_name and o.column_name = 'org_id'
       where c.table_schema = 'public' and c.column_name = 'id' and c.data_type <> 'uuid'`,
    );
    expect(columns.map(({ table }) => table)).toEqual([]);
    // What became of a version has the name of the version.
    for (const operation of LISTS.filter(({ id }) => id !== 'list-mirror-run-items')) {
      const { data } = (await world.ask(operation)).json<{ data: { id: string }[] }>();
      for (const { id } of data)
        expect([operation.id, id]).toEqual([operation.id, expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-[47]/)]);
    }
  });

  it('has neighbours that are not there, whatever it is the id of', async () => {
    const { own } = world;
    const ids = Object.values(own).filter((id) => /^[0-9a-f-]{36}$/.test(id));
    const step = (id: string, by: bigint) => {
      const next = (BigInt(`0x${id.replaceAll('-', '')}`) + by).toString(16).padStart(32, '0');
      return next.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    };
    const neighbours = ids.flatMap((id) => [step(id, 1n), step(id, -1n), step(id, 1n << 80n), step(id, -(1n << 80n))]);
    const kinds = [
      'users',
      'teams',
      'system-accounts',
      'identity/issuers',
      'identity-providers',
      'registries',
      'upstreams',
      'reserved-namespaces',
    ];
    const statuses = await inBatches(
      kinds.flatMap((kind) => neighbours.map((id) => `/v0/${kind}/${id}`)),
      async (path) => (await world.call('GET', path, { token: world.acme.admin })).status,
    );
    expect(new Set(statuses)).toEqual(new Set([404]));
    expect(statuses.length).toBeGreaterThan(300);
  });
});

/** How many there are, or in the page where nobody counts: the trail has no total. */
function found(answer: Answer): number {
  const { data, meta } = paged(answer);
  return meta.page.total ?? data.length;
}
