import { returnTo } from './return-to';

describe('The place to return to after a login', () => {
  it.each(['/', '/docs', '/docs?a=b&c=%2F%2F', '/a//b', '/console/#/teams'])('may be %s', (path) => {
    expect(returnTo(path)).toBe(path);
  });

  it('is the documentation unless another is named', () => {
    expect(returnTo(undefined)).toBe('/docs');
  });

  it.each([
    '',
    'docs',
    '//evil.example.com',
    '/\\evil.example.com',
    '\\\\evil.example.com',
    '/docs\\..',
    '/\t/evil.example.com',
    '/\n/evil.example.com',
    '\t//evil.example.com',
    ' /docs',
    'https://evil.example.com',
    'javascript:alert(1)',
    '/docs\r\nSet-Cookie: a=b',
    '/ü',
  ])('is no other site and nothing that a browser would read as one: %j', (path) => {
    expect(() => returnTo(path)).toThrow('invalid_parameters');
  });

  it('holds 2,000 characters at most', () => {
    expect(returnTo(`/${'a'.repeat(1_999)}`)).toHaveLength(2_000);
    expect(() => returnTo(`/${'a'.repeat(2_000)}`)).toThrow('invalid_parameters');
  });
});
