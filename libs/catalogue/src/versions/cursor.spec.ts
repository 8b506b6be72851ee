import { AppError } from '@portolan/kernel';
import { decodeCursor, encodeCursor, mergeFilters, type Cursor, type ListFilters } from './cursor';

const REGISTRY = '00000000-0000-7000-8000-000000000001';
const OTHER = '00000000-0000-7000-8000-000000000002';
const NONE: ListFilters = { search: null, version: null, updatedSince: null, includeDeleted: null };

const CURSORS: readonly Cursor[] = [
  { name: 'com.example/weather', version: '1.0.0', filters: NONE },
  { name: '', version: '', filters: { search: '%_\\', version: 'latest', updatedSince: null, includeDeleted: false } },
  {
    name: 'com.example/naïve 🚢',
    version: '1.0.0+build "x"',
    filters: { search: 'ä', version: '1', updatedSince: '2025-01-01T00:00:00.123456Z', includeDeleted: true },
  },
];

const codeOf = (work: () => unknown) => {
  try {
    work();
    return 'accepted';
  } catch (error) {
    return error instanceof AppError ? error.code : 'other';
  }
};

describe('A cursor', () => {
  it.each(CURSORS)('comes back as it went: %j', (cursor) => {
    const text = encodeCursor(REGISTRY, cursor);
    expect(decodeCursor(REGISTRY, text)).toEqual(cursor);
    expect(text).toMatch(/^[A-Za-z0-9._-]+$/);
  });

  it.each(CURSORS)('opens no other registry and does not tell which one it opens: %j', (cursor) => {
    const text = encodeCursor(REGISTRY, cursor);
    expect(codeOf(() => decodeCursor(OTHER, text))).toBe('cursor_invalid');
    expect(Buffer.from(text.split('.')[0] ?? '', 'base64url').toString()).not.toContain(REGISTRY);
  });

  it('is refused after a change of any one character', () => {
    const text = encodeCursor(REGISTRY, CURSORS[0] ?? { name: '', version: '', filters: NONE });
    for (let index = 0; index < text.length; index += 1) {
      const changed = text.charAt(index) === 'A' ? 'B' : 'A';
      const broken = text.slice(0, index) + changed + text.slice(index + 1);
      expect([index, codeOf(() => decodeCursor(REGISTRY, broken))]).toEqual([index, 'cursor_invalid']);
    }
  });

  it.each([
    '',
    'x',
    '.',
    'com.example/weather:1.0.0',
    'e30.00000000',
    'W10=.00000000',
    `${'A'.repeat(10_000)}.00000000`,
  ])('is not %j', (text) => {
    expect(codeOf(() => decodeCursor(REGISTRY, text))).toBe('cursor_invalid');
  });

  it('keeps its filters, which a request may repeat but not change', () => {
    const cursor: Cursor = { name: 'a', version: '1', filters: { ...NONE, search: 'weather', includeDeleted: false } };
    expect(mergeFilters(NONE, cursor)).toEqual(cursor.filters);
    expect(mergeFilters({ ...NONE, search: 'weather' }, cursor)).toEqual(cursor.filters);
    for (const change of [
      { search: 'other' },
      { version: 'latest' },
      { updatedSince: '2025-01-01T00:00:00Z' },
      { includeDeleted: true },
    ])
      expect(codeOf(() => mergeFilters({ ...NONE, ...change }, cursor))).toBe('cursor_invalid');
  });

  it('is not needed for the filters of a first page', () => {
    expect(mergeFilters({ ...NONE, search: 'x' }, null)).toEqual({ ...NONE, search: 'x' });
  });
});
