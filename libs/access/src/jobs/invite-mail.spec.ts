import { inviteMail } from './invite-mail';

const LINK = 'https://mcp.example.com/join#token=ptl_inv_...';
const INVITE = { email: 'ada@example.com', organization: 'Acme', expires_at: '2026-03-01T12:30:59.123456Z' };

describe('The mail of an invite', () => {
  it('says who invites to what, until when, and has the link on a line of its own', () => {
    const { to, subject, text } = inviteMail(INVITE, LINK);
    expect([to, subject]).toEqual(['ada@example.com', 'Invitation to Acme on Portolan']);
    expect(text.split('\n')).toContain(LINK);
    expect(text).toContain('the organization Acme on Portolan');
    expect(text).toContain('until 2026-03-01 12:30 UTC');
  });

  it('keeps a name on one line, whatever it holds, and cuts it', () => {
    const organization = `Acme\r\nBcc: all@example.com\u2028\u0000${'x'.repeat(200)}`;
    const { subject, text } = inviteMail({ ...INVITE, organization }, LINK);
    expect(subject).toMatch(/^Invitation to Acme Bcc: all@example\.com x{90,} on Portolan$/);
    expect(subject.length).toBeLessThan(160);
    expect(text.split('\n').filter((line) => line.startsWith('Bcc'))).toEqual([]);
  });
});
