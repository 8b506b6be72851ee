export { AccessJobsModule } from './access-jobs.module';
export { SendInviteMailProcessor } from './send-invite-mail.processor';
