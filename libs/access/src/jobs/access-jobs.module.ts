import { Module } from '@nestjs/common';
import { Mailer } from './mailer';
import { SendInviteMailProcessor } from './send-invite-mail.processor';

@Module({ providers: [Mailer, SendInviteMailProcessor], exports: [SendInviteMailProcessor] })
export class AccessJobsModule {}
