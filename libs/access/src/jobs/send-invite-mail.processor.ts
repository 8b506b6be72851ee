import { Injectable } from '@nestjs/common';
import { systemCtx } from '@portolan/kernel';
import type { Job } from '@portolan/queue';
import type { JobHandler } from '@portolan/queue/jobs';
import { newRequestId } from '@portolan/telemetry';
import { SecretBox } from '@portolan/vault';
import { inviteLinkContext } from '../users/create-invite.service';
import { FindInviteMail } from '../users/find-invite-mail.query';
import { inviteMail } from './invite-mail';
import { Mailer } from './mailer';

/** Mails the link of an invite, unless the invite is over by now. */
@Injectable()
export class SendInviteMailProcessor implements JobHandler {
  readonly name = 'access.send_invite_mail';

  constructor(
    private readonly findInviteMail: FindInviteMail,
    private readonly secretBox: SecretBox,
    private readonly mailer: Mailer,
  ) {}

  async run({ orgId, payload }: Job<'access.send_invite_mail'>): Promise<void> {
    const mail = await this.findInviteMail.run(systemCtx(orgId, this.name, newRequestId()), payload.invite_id);
    if (mail === undefined) return;
    const link = this.secretBox.open(payload.sealed, inviteLinkContext(payload.invite_id));
    await this.mailer.send(inviteMail(mail, link));
  }
}
