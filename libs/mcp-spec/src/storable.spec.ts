import { PUBLISHER_META_KEY, type JsonValue, type ServerJson } from './server-json';
import { checkStorable, publisherProvidedBytes, remoteUrls } from './storable';

const document: ServerJson = { $schema: 'x', name: 'a.b/cd', description: 'd', version: '1.0.0' };
const providing = (value: JsonValue): ServerJson => ({ ...document, _meta: { [PUBLISHER_META_KEY]: value } });

describe('size of the publisher block', () => {
  it.each<[JsonValue, number]>([
    [{}, 2],
    [{ a: 1 }, 7],
    [{ a: '<>&' }, 8 + 18],
    [{ a: '\u2028\u2029' }, 8 + 12],
    [{ a: 'é€😀' }, 8 + 2 + 3 + 4],
    [{ a: '\n\u0001' }, 8 + 2 + 6],
  ])('counts %j as Go writes it', (value, bytes) => {
    expect(publisherProvidedBytes(providing(value))).toBe(bytes);
  });

  it('is nothing without a block', () => {
    expect(publisherProvidedBytes(document)).toBe(0);
    expect(publisherProvidedBytes({ ...document, _meta: { 'com.example/x': 'y'.repeat(9000) } })).toBe(0);
  });
});

describe('what can become a version', () => {
  it.each<[string, ServerJson, string | null]>([
    ['accepts a plain document', document, null],
    ['refuses an empty version', { ...document, version: '' }, 'server name and version are required'],
    ['refuses an empty name', { ...document, name: '' }, 'server name and version are required'],
    ['refuses a version of spaces', { ...document, version: ' \t\u00a0' }, 'server version cannot be only whitespace'],
    ['accepts a version of 255 characters', { ...document, version: '😀'.repeat(255) }, null],
    [
      'refuses a version of 256 characters',
      { ...document, version: 'x'.repeat(256) },
      'server version cannot be longer than 255 characters',
    ],
    ['accepts a publisher block of 4096 bytes', providing({ a: 'x'.repeat(4088) }), null],
    [
      'refuses a publisher block of 4097 bytes',
      providing({ a: 'x'.repeat(4089) }),
      '_meta.io.modelcontextprotocol.registry/publisher-provided extension exceeds 4KB limit (4097 bytes)',
    ],
  ])('%s', (_what, subject, expected) => {
    expect(checkStorable(subject)).toBe(expected);
  });
});

describe('addresses of remotes', () => {
  it('are distinct and keep their templates', () => {
    const remotes = ['https://a/{x}', undefined, 'https://b', 'https://a/{x}'].map((url) => ({
      type: 'sse',
      ...(url ? { url } : {}),
    }));
    expect(remoteUrls({ ...document, remotes })).toEqual(['https://a/{x}', 'https://b']);
    expect(remoteUrls(document)).toEqual([]);
  });
});
