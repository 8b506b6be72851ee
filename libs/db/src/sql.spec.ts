import { parseListQuery, type ListFields } from '@portolan/kernel';
import { containsPattern, filterSql, pageSql } from './list-sql';
import { brokenConstraint, isRepeatable, RepeatTransaction, translateServerError } from './pg-errors';
import { constant, join, sql, toSql } from './sql';

const EVIL = `'; drop table registry; --`;

describe('A statement', () => {
  it('carries values beside its text and numbers them', () => {
    expect(toSql(sql`select ${1} where a = ${'x'} and b = ${null}`)).toEqual({
      text: 'select $1 where a = $2 and b = $3',
      values: [1, 'x', null],
    });
  });

  it('numbers through nested statements', () => {
    const inner = sql`b = ${2} ${constant('and c')} = ${3}`;
    expect(toSql(sql`a = ${1} and ${inner} or ${sql`d`} = ${4}`)).toEqual({
      text: 'a = $1 and b = $2 and c = $3 or d = $4',
      values: [1, 2, 3, 4],
    });
  });

  it('gives a repeated statement its values again', () => {
    const same = sql`x = ${1}`;
    expect(toSql(sql`${same} or ${same}`)).toEqual({ text: 'x = $1 or x = $2', values: [1, 1] });
  });

  it('takes no text from a value, whatever it looks like', () => {
    const looksLike = { strings: [EVIL], values: [] };
    for (const value of [EVIL, [EVIL], looksLike]) {
      const { text, values } = toSql(sql`select ${value}`);
      expect([text, values]).toEqual(['select $1', [value]]);
    }
  });

  it('joins', () => {
    expect(toSql(join([sql`a = ${1}`, sql`b = ${2}`], ' or '))).toEqual({ text: 'a = $1 or b = $2', values: [1, 2] });
    expect(toSql(join([], ' or ')).text).toBe('');
  });
});

describe('A management list as SQL', () => {
  const fields: ListFields = {
    name: { column: 'name', kind: 'string', sortable: true },
    labels: { column: 'labels', kind: 'labels', sortable: false },
    at: { column: 't.at', kind: 'date', sortable: true },
  };

  it('holds no text of the request', () => {
    for (const operator of ['eq', 'neq', 'contains', 'oeq', 'ocontains', 'exists']) {
      const query = { [`filter[name][${operator}]`]: EVIL, [`filter[labels.${EVIL}][${operator}]`]: EVIL };
      const { text, values } = toSql(filterSql(parseListQuery(query, fields, 'name').filters));
      expect(text).not.toContain('drop');
      expect(JSON.stringify(values)).toContain('drop');
    }
  });

  it('orders by the columns of the table of fields and then by the tiebreak', () => {
    const query = parseListQuery({ sort: 'at desc,name', 'page[size]': '7', 'page[number]': '3' }, fields, 'name');
    expect(toSql(pageSql(query, 'id'))).toEqual({
      text: ' order by t.at desc, name, id limit $1 offset $2',
      values: [7, 14],
    });
  });

  it.each([
    ['a', '%a%'],
    ['100%', '%100\\%%'],
    ['a_b', '%a\\_b%'],
    ['a\\b', '%a\\\\b%'],
    ['', '%%'],
  ])('finds %j anywhere with %j', (text, pattern) => {
    expect(containsPattern(text)).toBe(pattern);
  });
});

describe('An error of PostgreSQL', () => {
  const error = (code: string, constraint?: string) => Object.assign(new Error('x'), { code, constraint });

  it.each([
    ['40001', undefined, true],
    ['40P01', undefined, true],
    ['23503', 'server_version_document_fk', true],
    ['23503', 'server_version_registry_fk', false],
    ['23505', 'server_version_document_fk', false],
    ['23505', 'server_version_pkey', true],
    ['23505', 'server_version_latest_key', true],
    ['57014', undefined, false],
  ])('%s %s may be repeated: %s', (code, constraint, repeatable) => {
    expect(isRepeatable(error(code, constraint))).toBe(repeatable);
  });

  it('is asked for by RepeatTransaction', () => {
    expect(isRepeatable(new RepeatTransaction())).toBe(true);
    expect(isRepeatable(new Error('40001'))).toBe(false);
    expect(isRepeatable('40001')).toBe(false);
  });

  it('names the key that was broken', () => {
    expect(brokenConstraint(error('23505', 'registry_name_key'))).toBe('registry_name_key');
    expect(brokenConstraint(error('23514', 'registry_name_check'))).toBeNull();
    expect(brokenConstraint(null)).toBeNull();
  });

  it.each(['08006', '57P01', '53300', 'ECONNREFUSED', 'ETIMEDOUT'])('%s becomes 503 with Retry-After', (code) => {
    expect(translateServerError(error(code))).toMatchObject({
      code: 'database_unavailable',
      status: 503,
      headers: { 'Retry-After': '2' },
    });
  });

  it.each(['55P03', '57014'])('%s becomes 503 with Retry-After', (code) => {
    expect(translateServerError(error(code))).toMatchObject({
      code: 'database_busy',
      status: 503,
      headers: { 'Retry-After': '2' },
    });
  });

  it.each(['42501', '22P02', '23505'])('%s stays what it is', (code) => {
    const original = error(code);
    expect(translateServerError(original)).toBe(original);
  });
});
