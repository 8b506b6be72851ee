import type { InviteMail } from '../users/find-invite-mail.query';
import type { Mail } from './mailer';

const ORGANIZATION_MAX = 120;

/** The mail that brings somebody his link. */
export function inviteMail({ email, organization, expires_at: expiresAt }: InviteMail, link: string): Mail {
  const name = onOneLine(organization);
  return {
    to: email,
    subject: `Invitation to ${name} on Portolan`,
    text: [
      `You are invited to join the organization ${name} on Portolan, its registry of MCP servers.`,
      'Open this link to join:',
      link,
      `It works once, until ${expiresAt.slice(0, 16).replace('T', ' ')} UTC.`,
      'If you do not know what this is about, ignore this mail: without the link nothing happens.',
    ].join('\n\n'),
  };
}

// Whoever names an organization must not come to write headers or paragraphs of our mails.
function onOneLine(text: string): string {
  return [...text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')].slice(0, ORGANIZATION_MAX).join('');
}
