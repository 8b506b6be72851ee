import { bulkStatusText, serverListText, serverResponseText, versionsListText, type VersionRow } from './wire';

const row: VersionRow = {
  document: '{"name":"a.b/c"}',
  status: 'active',
  statusMessage: null,
  statusChangedAt: '2025-10-09T17:05:10.000000Z',
  publishedAt: '2025-10-09T17:05:17.793140Z',
  updatedAt: '2025-10-09T17:05:17.000001Z',
  isLatest: true,
  upstream: null,
  upstreamUpdatedAt: null,
  run: null,
  meta: null,
};
const mirrored: VersionRow = {
  ...row,
  upstream: 'official',
  upstreamUpdatedAt: '2025-10-08T00:00:00.500000Z',
  run: '0199d8a0-0000-7000-8000-000000000001',
  meta: '{"com.example/one":{"b":1.0},"org.example/two":[]}',
};
const origin =
  '"dev.portolan/origin":{"upstream":"official","updatedAt":"2025-10-08T00:00:00.5Z",' +
  '"run":"0199d8a0-0000-7000-8000-000000000001"}';
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

  it('says of a version of an upstream where it came from, after what that one says', () => {
    const meta = '"com.example/one":{"b":1.0},"org.example/two":[]';
    expect(serverResponseText(mirrored)).toBe(`{"server":{"name":"a.b/c"},"_meta":{${official},${meta},${origin}}}`);
  });

  it.each([null, '{}'])('leaves out what an upstream does not say: %j', (none) => {
    const text = serverResponseText({ ...mirrored, meta: none, upstreamUpdatedAt: null });
    const short = origin.replace('"updatedAt":"2025-10-08T00:00:00.5Z",', '');
    expect(text).toBe(`{"server":{"name":"a.b/c"},"_meta":{${official},${short}}}`);
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
