import type { AuditRow } from '../../rows/audit-row';
import { encodeCef } from './cef';
import type { Entry } from './entry';

const SIGNER = { keyId: 'key-1', sign: () => Buffer.from('signature') };
const ROW: AuditRow = {
  id: '0199a000-0000-7000-8000-000000000001',
  occurred_at: '2026-01-02T03:04:05.678901Z',
  sequence: 7,
  hash: 'ab',
  kind: 'change',
  action: 'registry.create',
  result: 'success',
  reason: null,
  principal: { type: 'user', id: 'u1', name: 'Ada' },
  on_behalf_of: null,
  credential_id: null,
  request_id: 'r1',
  trace_id: null,
  address: '192.0.2.1',
  user_agent: null,
  target: { type: 'registry', id: 't1', name: 'tools', parent: null },
  registry_id: null,
  before: null,
  after: null,
};
const encode = (row: Partial<AuditRow> = {}) =>
  encodeCef({ type: 'event', orgId: 'o1', sealedAt: ROW.occurred_at, row: { ...ROW, ...row } }, SIGNER);

/** As a SIEM reads it: a header of seven parts, then pairs; a backslash takes the meaning of what follows. */
function parse(line: string) {
  const parts = line.split(/(?<!\\)(?:\\\\)*\|/);
  const extension = parts.slice(7).join('|');
  const pairs = [...extension.matchAll(/(?:^| )([A-Za-z0-9_]+)=((?:\\.|[^\\=])*?)(?= [A-Za-z0-9_]+=|$)/g)];
  const plain = (text: string) => text.replace(/\\(.)/g, '$1');
  return {
    header: parts.slice(0, 7).map(plain),
    extension: Object.fromEntries(pairs.map(([, key = '', value = '']) => [key, plain(value)])),
  };
}

describe('An entry in CEF', () => {
  it('is one line with a header, an extension and the signature at its end', () => {
    expect(encode()).toBe(
      'CEF:0|Portolan|Portolan|1.0|registry.create|A registry was created|1|rt=1767323045678 cat=change ' +
        'act=registry.create outcome=success externalId=0199a000-0000-7000-8000-000000000001 src=192.0.2.1 suid=u1 ' +
        'suser=Ada spriv=user cn1Label=sequence cn1=7 cs1Label=organization cs1=o1 cs2Label=targetType cs2=registry ' +
        'cs3Label=targetId cs3=t1 cs4Label=targetName cs4=tools cs5Label=requestId cs5=r1 cs6Label=hash cs6=ab ' +
        'sig_kid=key-1 sig=c2lnbmF0dXJl',
    );
  });

  it.each([
    ['a=b sig=forged', 'a=b sig=forged'],
    ['back\\slash\\=|pipe', 'back\\slash\\=|pipe'],
    ['ends with \\', 'ends with \\'],
    ['line\nCEF:0|Other\r\nline', 'line CEF:0|Other line'],
    ['next\u0085line\u2028sep\u2029par\u000bv\u0000nul\ttab', 'next line sep par v nul tab'],
    ['ünïcödé 🦭', 'ünïcödé 🦭'],
  ])('keeps a hostile value in its place: %j', (text, expected) => {
    const line = encode({
      principal: { type: 'user', id: 'u1', name: text },
      user_agent: text,
      reason: text,
      target: { type: 'registry', id: 't1', name: text, parent: null },
      after: { text },
    });
    expect(line).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
    const { header, extension } = parse(line);
    expect(header).toHaveLength(7);
    expect(extension).toMatchObject({ suser: expected, requestClientApplication: expected, cs4: expected, cn1: '7' });
    expect(extension['sig']).toBe('c2lnbmF0dXJl');
  });

  it('keeps a hostile action in the header', () => {
    expect(parse(encode({ action: 'a|b\\c\nd' })).header).toEqual([
      'CEF:0',
      'Portolan',
      'Portolan',
      '1.0',
      'a|b\\c d',
      'a|b\\c d',
      '1',
    ]);
  });

  it.each([
    [{}, 1],
    [{ result: 'denied' }, 6],
    [{ result: 'failure' }, 7],
    [{ kind: 'authentication', action: 'session.create' }, 0],
    [{ kind: 'authentication', action: 'token.refuse', result: 'denied' }, 6],
    [{ kind: 'access', action: 'audit_log.drop' }, 10],
  ])('rates %j', (row, severity) => {
    expect(parse(encode(row)).header[6]).toBe(String(severity));
  });

  it('tells IPv6 addresses where CEF has a place for them', () => {
    const { extension } = parse(encode({ address: '2001:db8::1' }));
    expect([extension['src'], extension['c6a2']]).toEqual([undefined, '2001:db8::1']);
  });

  it('tells checkpoints and tests, too', () => {
    const common = { orgId: 'o1', createdAt: ROW.occurred_at };
    const entries: Entry[] = [
      { ...common, type: 'checkpoint', sequence: 9, hash: 'cd', keyId: 'k0', signature: 'c2ln' },
      { ...common, type: 'test', id: 't1' },
    ];
    expect(entries.map((entry) => parse(encodeCef(entry, SIGNER)))).toEqual([
      {
        header: expect.arrayContaining(['audit_log.checkpoint']) as string[],
        extension: expect.objectContaining({
          cat: 'checkpoint',
          cn1: '9',
          cs6: 'cd',
          checkpointSignature: 'c2ln',
        }) as object,
      },
      {
        header: expect.arrayContaining(['audit_log.test']) as string[],
        extension: expect.objectContaining({ cat: 'test', externalId: 't1', cs1: 'o1' }) as object,
      },
    ]);
  });
});
