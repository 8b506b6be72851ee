import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';

export interface InviteMail {
  readonly email: string;
  readonly organization: string;
  /** RFC 3339, UTC. */
  readonly expires_at: string;
}

/** What the mail of an invite says, beside its link. */
@Injectable()
export class FindInviteMail {
  constructor(private readonly db: OrgDb) {}

  /** Undefined when the invite is no longer one: then nobody is to be written to. */
  run(ctx: Ctx, inviteId: string): Promise<InviteMail | undefined> {
    return this.db.read(ctx, (tx) =>
      tx.row<InviteMail>(sql`
        select u.email, o.display_name as organization, rfc3339(i.expires_at) as expires_at
        from invite i
        join user_account u on u.org_id = i.org_id and u.id = i.user_id
        join organization o on o.id = i.org_id
        where i.org_id = ${ctx.orgId} and i.id = ${inviteId} and i.accepted_at is null and i.revoked_at is null
          and i.expires_at > now() and o.state = 'active'`),
    );
  }
}
