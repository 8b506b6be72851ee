import { hostnameOf, parseGoUrl } from './go-url';

describe('URLs as Go reads them', () => {
  const accepted: [raw: string, scheme: string, host: string, hostname: string][] = [
    ['', '', '', ''],
    ['*', '', '', ''],
    ['anything goes', '', '', ''],
    ['HTTPS://User:pw@Example.com:8443/a?b#c', 'https', 'Example.com:8443', 'Example.com'],
    ['https://[2001:db8::1]:80/', 'https', '[2001:db8::1]:80', '2001:db8::1'],
    ['https://[fe80::1%25en0]/', 'https', '[fe80::1%25en0]', 'fe80::1%25en0'],
    ['https://[::ffff:10.0.0.1]/', 'https', '[::ffff:10.0.0.1]', '::ffff:10.0.0.1'],
    ['mailto:someone', 'mailto', '', ''],
    ['data:image/png;base64,AA==', 'data', '', ''],
    ['https://example.com:', 'https', 'example.com:', 'example.com'],
    ['/a:b', '', '', ''],
    ['///a', '', '', ''],
    ['//example.com/a', '', 'example.com', 'example.com'],
    ['https://exämple.com/%C3%A4', 'https', 'exämple.com', 'exämple.com'],
    ['https://example.com/{a}/x', 'https', 'example.com', 'example.com'],
    ['1http://x/', '', '', ''],
  ];
  it.each(accepted.filter(([raw]) => raw !== '1http://x/'))('accepts %j', (raw, scheme, host, hostname) => {
    const parsed = parseGoUrl(raw);
    expect(parsed).toEqual({ ok: true, url: { scheme, host } });
    if (parsed.ok) expect(hostnameOf(parsed.url)).toBe(hostname);
  });

  const refused: [raw: string, error: string][] = [
    [':', 'missing protocol scheme'],
    ['://x', 'missing protocol scheme'],
    ['a b:c', 'first path segment in URL cannot contain colon'],
    ['1http://x/', 'first path segment in URL cannot contain colon'],
    ['http://a b/', 'invalid character " " in host name'],
    ['http://{host}/', 'invalid character "{" in host name'],
    ['http://a:b/', 'invalid port ":b" after host'],
    ['http://a:1:2/', 'invalid port ":1:2" after host'],
    ['http://[::1', "missing ']' in host"],
    ['http://[1.2.3.4]/', 'invalid host: bracketed address is not IPv6'],
    ['http://[1::2::3]/', 'invalid host: bracketed address is not IPv6'],
    ['http://[::1]x/', 'invalid port "x" after host'],
    ['http://a%41/', 'invalid URL escape "%41"'],
    ['http://a/%zz', 'invalid URL escape "%zz"'],
    ['http://a/%', 'invalid URL escape "%"'],
    ['http://a/#%zz', 'invalid URL escape "%zz"'],
    ['http://a"b@c/', 'net/url: invalid userinfo'],
    ['http://a/\n', 'net/url: invalid control character in URL'],
  ];
  it.each(refused)('refuses %j', (raw, error) => {
    expect(parseGoUrl(raw)).toEqual({ ok: false, error: expect.stringMatching(/^parse "/) as string });
    expect(parseGoUrl(raw)).toMatchObject({ error: expect.stringContaining(`: ${error}`) as string });
  });
});
