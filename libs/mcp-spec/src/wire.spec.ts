import { bulkStatusText, serverListText, serverResponseText, versionsListText, type VersionRow } from './wire';

const row: VersionRow = {
  document: '{"name":"a.b/c"}',
  status: 'active',
  statusMessage: null,
  statusChangedAt: '2025-10-09T17:05:10.000000Z',
  publishedAt: '2025-10-09T17:05:17.793140Z',
  updatedAt: '2025-10-09T17:05:17.000001Z',
  isLatest: true,
};
const official =
  '"io.modelcontextprotocol.registry/official":{"status":"active","statusChangedAt":"2025-10-09T17:05:10Z",' +
  '"publishedAt":"2025-10-09T17:05:17.79314Z","updatedAt":"2025-10-09T17:05:17.000001Z","isLatest":true}';
const response = `{"server":{"name":"a.b/c"},"_meta":{${official}}}`;

describe('text on the wire', () => {
  it('carries the document verbatim and times without trailing zeros', () => {
    expect(serverResponseText(row)).toBe(response);
  });

  it('sends the document without reading it', () => {
    expect(serverResponseText({ ...row, document: '{ "b": 1.0, "a": 2 }' })).toContain(
      '{"server":{ "b": 1.0, "a": 2 },',
    );
  });

  it('puts the message of a status after its time, escaped', () => {
    const text = serverResponseText({ ...row, status: 'deprecated', statusMessage: 'say "no"\n' });
    expect(text).toContain('"statusChangedAt":"2025-10-09T17:05:10Z","statusMessage":"say \\"no\\"\\n","publishedAt"');
    expect(JSON.parse(text)).toMatchObject({
      _meta: { 'io.modelcontextprotocol.registry/official': { statusMessage: 'say "no"\n' } },
    });
  });

  it('names the next cursor only when something follows', () => {
    expect(serverListText([row, row], 'a"b')).toBe(
      `{"servers":[${response},${response}],"metadata":{"nextCursor":"a\\"b","count":2}}`,
    );
    expect(serverListText([], null)).toBe('{"servers":[],"metadata":{"count":0}}');
  });

  it('lists versions with their count alone', () => {
    expect(versionsListText([row])).toBe(`{"servers":[${response}],"metadata":{"count":1}}`);
  });

  it('answers a change of every status with the number of versions', () => {
    expect(bulkStatusText([row])).toBe(`{"updatedCount":1,"servers":[${response}]}`);
  });
});
