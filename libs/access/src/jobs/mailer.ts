import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import type { AccessConfig } from '@portolan/config';
import { createTransport } from 'nodemailer';
import { ACCESS_CONFIG } from '../access-config';

const CONNECT_TIMEOUT_MS = 10_000;
const IDLE_TIMEOUT_MS = 30_000;

export interface Mail {
  /** One address, without a name. */
  readonly to: string;
  readonly subject: string;
  /** Plain text. */
  readonly text: string;
}

/** Hands mails to the server of the configuration. */
@Injectable()
export class Mailer implements OnApplicationShutdown {
  private readonly server: { readonly from: string; readonly transport: ReturnType<typeof openTransport> } | null;

  constructor(@Inject(ACCESS_CONFIG) { mail }: AccessConfig) {
    this.server = mail === null ? null : { from: mail.from, transport: openTransport(mail.smtpUrl) };
  }

  /** @throws Error when the server does not take the mail, or none is configured */
  async send({ to, subject, text }: Mail): Promise<void> {
    if (this.server === null) throw new Error('SMTP_URL is missing: the worker needs it, too');
    const { from, transport } = this.server;
    // As parts, an address is never read as a list of them.
    await transport.sendMail({ from: { name: '', address: from }, to: { name: '', address: to }, subject, text });
  }

  onApplicationShutdown(): void {
    this.server?.transport.close();
  }
}

function openTransport(url: string) {
  return createTransport({
    url,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: IDLE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
