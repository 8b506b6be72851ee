import { AppError } from './app-error';
import { isRfc3339, PAGE_SIZE_DEFAULT, parseListQuery, type ListFields } from './list-query';
import { isStorableText } from './storable-text';
import { isUuid } from './uuid';

const FIELDS: ListFields = {
  id: { column: 'id', kind: 'uuid', sortable: false },
  name: { column: 'name', kind: 'string', sortable: true },
  labels: { column: 'labels', kind: 'labels', sortable: false },
  created_at: { column: 't.created_at', kind: 'date', sortable: true },
  state: { column: 'state', kind: 'string', sortable: false, choices: ['on', 'off'], operators: ['eq', 'oeq'] },
};
const ID = '00000000-0000-7000-8000-000000000000';
const parse = (query: Record<string, unknown>) => parseListQuery(query, FIELDS, 'name');

describe('A list query', () => {
  it('is the first page in the default order when it says nothing', () => {
    expect(parse({})).toEqual({
      pageSize: PAGE_SIZE_DEFAULT,
      pageNumber: 1,
      filters: [],
      sort: [{ column: 'name', descending: false }],
    });
  });

  it('reads page and sort, with columns from the table of fields', () => {
    expect(parse({ 'page[size]': '100', 'page[number]': '3', sort: ' created_at desc , name asc' })).toEqual({
      pageSize: 100,
      pageNumber: 3,
      filters: [],
      sort: [
        { column: 't.created_at', descending: true },
        { column: 'name', descending: false },
      ],
    });
  });

  it.each([
    [{ 'filter[name]': 'a' }, { field: FIELDS.name, labelKey: null, operator: 'eq', values: ['a'] }],
    [{ 'filter[name]': '' }, { field: FIELDS.name, labelKey: null, operator: 'exists', values: [''] }],
    [{ 'filter[name][eq]': '' }, { field: FIELDS.name, labelKey: null, operator: 'eq', values: [''] }],
    [{ 'filter[name][oeq]': 'a,b' }, { field: FIELDS.name, labelKey: null, operator: 'oeq', values: ['a', 'b'] }],
    [
      { 'filter[name][contains]': 'a,b' },
      { field: FIELDS.name, labelKey: null, operator: 'contains', values: ['a,b'] },
    ],
    [
      { 'filter[name][ocontains]': 'a,b' },
      { field: FIELDS.name, labelKey: null, operator: 'ocontains', values: ['a', 'b'] },
    ],
    [{ 'filter[labels.a]': 'b' }, { field: FIELDS.labels, labelKey: 'a', operator: 'eq', values: ['b'] }],
    [{ 'filter[labels.a.b][neq]': 'c' }, { field: FIELDS.labels, labelKey: 'a.b', operator: 'neq', values: ['c'] }],
    [
      { 'filter[state][oeq]': 'on,off' },
      { field: FIELDS.state, labelKey: null, operator: 'oeq', values: ['on', 'off'] },
    ],
    [{ 'filter[id]': ID }, { field: FIELDS.id, labelKey: null, operator: 'eq', values: [ID] }],
    [
      { 'filter[created_at][lte]': '2025-01-01T00:00:00Z' },
      { field: FIELDS.created_at, labelKey: null, operator: 'lte', values: ['2025-01-01T00:00:00Z'] },
    ],
  ])('reads %j', (query, filter) => {
    expect(parse(query).filters).toEqual([filter]);
  });

  it.each([
    [{ 'page[size]': '0' }, 'page[size]', 'min'],
    [{ 'page[size]': '101' }, 'page[size]', 'max'],
    [{ 'page[size]': '1.5' }, 'page[size]', 'is_integer'],
    [{ 'page[size]': '٣' }, 'page[size]', 'is_integer'],
    [{ 'page[number]': '9999999999' }, 'page[number]', 'is_integer'],
    [{ 'page[number]': ['1', '2'] }, 'page[number]', 'is_string'],
    [{ 'filter[name]': 'a\u0000' }, 'filter[name]', 'is_string'],
    [{ sort: 'id' }, 'sort', 'enum'],
    [{ sort: '__proto__' }, 'sort', 'enum'],
    [{ sort: 'name desc desc' }, 'sort', 'enum'],
    [{ sort: 'name;' }, 'sort', 'enum'],
    [{ 'filter[__proto__]': 'x' }, 'filter[__proto__]', 'enum'],
    [{ 'filter[name][gt]': 'x' }, 'filter[name][gt]', 'enum'],
    [{ 'filter[labels]': 'x' }, 'filter[labels]', 'enum'],
    [{ 'filter[id.x]': 'x' }, 'filter[id.x]', 'enum'],
    [{ 'filter[id]': 'x' }, 'filter[id]', 'is_uuid'],
    [{ 'filter[id][oeq]': `${ID},x` }, 'filter[id][oeq]', 'is_uuid'],
    [{ 'filter[created_at]': 'x' }, 'filter[created_at]', 'is_date_time'],
    [{ 'filter[]': 'x' }, 'filter[]', 'enum'],
    [{ 'filter[state]': 'x' }, 'filter[state]', 'enum'],
    [{ 'filter[state][oeq]': 'on,x' }, 'filter[state][oeq]', 'enum'],
    [{ 'filter[state][contains]': 'o' }, 'filter[state][contains]', 'enum'],
    [{ 'filter[state]': '' }, 'filter[state]', 'enum'],
    [{ other: 'x' }, 'other', 'unknown_property'],
    [{ constructor: 'x' }, 'constructor', 'unknown_property'],
  ])('refuses %j', (query, field, rule) => {
    let error: unknown;
    try {
      parse(query);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(AppError);
    expect((error as AppError).code).toBe('invalid_parameters');
    expect((error as AppError).invalidParameters).toEqual([expect.objectContaining({ field, rule, source: 'query' })]);
  });
});

describe('A date and time', () => {
  it.each([
    '2025-01-01T00:00:00Z',
    '2024-02-29T23:59:59.123456789+15:59',
    '0001-01-01T00:00:00-12:00',
    '9999-12-31T23:59:59.1Z',
  ])('%s is one', (text) => {
    expect(isRfc3339(text)).toBe(true);
  });

  it.each([
    '',
    '2025-01-01',
    '2025-01-01T00:00:00',
    '2025-01-01 00:00:00Z',
    '2025-1-1T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2025-02-30T00:00:00Z',
    '2025-04-31T00:00:00Z',
    '2025-13-01T00:00:00Z',
    '2025-00-01T00:00:00Z',
    '2025-01-00T00:00:00Z',
    '0000-01-01T00:00:00Z',
    '2025-01-01T25:00:00Z',
    '2025-01-01T24:00:00Z',
    '2025-01-01T23:59:60Z',
    '2025-01-01T00:60:00Z',
    '2025-01-01T00:00:60Z',
    '2025-01-01T00:00:00+16:00',
    '2025-01-01T00:00:00+20:00',
    '2025-01-01T00:00:00+01:60',
    '2025-01-01T00:00:00.Z',
    '2025-01-01T00:00:00.1234567890Z',
    '2025-01-01T00:00:00Z\n',
    'now',
    'infinity',
  ])('%j is none', (text) => {
    expect(isRfc3339(text)).toBe(false);
  });
});

describe('An id', () => {
  it.each([
    [ID, true],
    [ID.toUpperCase(), true],
    [`{${ID}}`, false],
    [ID.replaceAll('-', ''), false],
    [`${ID}\n`, false],
    ['-'.repeat(36), false],
  ])('%j: %s', (text, is) => {
    expect(isUuid(text)).toBe(is);
  });
});

describe('Text that PostgreSQL stores', () => {
  it.each([
    ['', true],
    ['naïve 🚢', true],
    ['a\u0000', false],
    ['\ud83d', false],
    ['\udea2x', false],
  ])('%j: %s', (text, is) => {
    expect(isStorableText(text)).toBe(is);
  });
});
