import { excerpt } from './excerpt';

describe('values in messages', () => {
  it.each<[string, string, string]>([
    ['no value', '', ''],
    ['a value of 200 characters', 'a'.repeat(200), 'a'.repeat(200)],
    ['a value of 200 characters outside the BMP', '😀'.repeat(200), '😀'.repeat(200)],
  ])('leave %s as it is', (_what, value, expected) => {
    expect(excerpt(value)).toBe(expected);
  });

  it.each<[string, string, string]>([
    ['201 characters', 'a'.repeat(201), `${'a'.repeat(200)}…`],
    ['a million characters', 'a'.repeat(1_000_000), `${'a'.repeat(200)}…`],
    ['characters outside the BMP, never in two', '😀'.repeat(1000), `${'😀'.repeat(200)}…`],
    ['a pair across the end', `${'a'.repeat(199)}😀b`, `${'a'.repeat(199)}😀…`],
  ])('cut %s', (_what, value, expected) => {
    expect(excerpt(value)).toBe(expected);
  });
});
