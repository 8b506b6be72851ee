import { parseStrictObject } from './strict-json';

const parse = (text: string) => parseStrictObject(Buffer.from(text));

describe('Strict JSON', () => {
  it.each([
    '{}',
    '{"a":1,"b":{"a":2},"c":[{"a":1},{"a":2}]}',
    '{"a":"{\\"a\\":1,\\"a\\":2}","b":"\\\\","c":"}"}',
    '{"constructor":1,"toString":2}',
    ' { "a" : "ünïcode 🔑" } ',
  ])('is %s', (text) => {
    expect(parse(text)).toEqual(JSON.parse(text));
  });

  it.each([
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":2}',
    '{"x":{"a":1,"b":[],"a":2}}',
    '{"x":[{"a":1,"a":2}]}',
    '{"a":[{"b":{}}],"a":2}',
    '{"__proto__":{"a":1}}',
    '{"x":{"\\u005f_proto__":1}}',
    '[]',
    'null',
    '"a"',
    '1',
    '',
    '{',
    '{"a":1}}',
    '{"a":NaN}',
    "{'a':1}",
    '\ufeff{}',
    `{"a":${'['.repeat(32)}${']'.repeat(32)}}`,
  ])('is not %s', (text) => {
    expect(() => parse(text)).toThrow();
  });

  it('is UTF-8', () => {
    expect(() => parseStrictObject(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))).toThrow();
  });
});
