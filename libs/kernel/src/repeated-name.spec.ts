import { repeatedName } from './repeated-name';

describe('A name that stands twice in one JSON object', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"a":{"b":1,"c":2,"b":3}}', 'b'],
    ['[{"a":1},{"a":1,"a":1}]', 'a'],
    ['{"":1,"":2}', ''],
    ['{"__proto__":1,"__proto__":2}', '__proto__'],
    ['{"a\\"":1,"a\\"":2}', 'a"'],
  ])('is found in %s', (text, name) => {
    expect(repeatedName(text)).toBe(name);
  });

  it.each([
    '{}',
    '[]',
    '"a"',
    '{"a":1,"b":{"a":2}}',
    '[{"a":1},{"a":1}]',
    '{"a":"a","b":"a:a"}',
    '{"a":["a","a"]}',
    '{"a":"{\\"b\\":1,\\"b\\":2}"}',
    '{"a":1,"A":2}',
  ])('is not found in %s', (text) => {
    expect(repeatedName(text)).toBeNull();
  });
});
