import { Inject, Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import type { AccessConfig } from '@portolan/config';
import { OrgDb, RepeatTransaction, sql, type Tx } from '@portolan/db';
import { AppError, invalidParameter, type Ctx, type Principal } from '@portolan/kernel';
import { enqueue } from '@portolan/queue';
import { SecretBox } from '@portolan/vault';
import { v7 as uuidv7 } from 'uuid';
import { ACCESS_CONFIG } from '../access-config';
import { PublicUrl } from '../public-url';
import type { Access } from '../rbac/access';
import { assignmentsOf, requireCeiling } from '../rbac/holder';
import { mintSecret, type NewSecret } from '../tokens/secret';
import { INVITE_COLUMNS, type InviteRow } from './invite-row';
import { personOf, USER_COLUMNS, type UserRow } from './user-row';

const LIFETIME_DAYS = 7;
const PAUSE_SECONDS = 60;

export interface NewInvite {
  readonly email: string;
  /** Null: the email address until the user joins, or what an earlier invite said. */
  readonly fullName: string | null;
  /** Teams that the user is put into at once. */
  readonly teamIds: readonly string[];
}

export interface SentInvite extends InviteRow {
  /** The link, when no mail brings it to the user; it is not told again. */
  readonly invite_url?: string;
}

/**
 * Invites somebody to become a user. The account is there at once, not active yet, so that it can be given roles. A
 * further invite of the same person ends the earlier ones.
 */
@Injectable()
export class CreateInvite {
  constructor(
    private readonly db: OrgDb,
    private readonly secretBox: SecretBox,
    private readonly publicUrl: PublicUrl,
    @Inject(ACCESS_CONFIG) private readonly config: AccessConfig,
  ) {}

  /**
   * @throws AppError user_already_active, user_disabled, invalid_parameters (missing_reference), privilege_ceiling,
   * rate_limited within a minute of an earlier invite
   */
  async execute(ctx: Ctx, access: Access, input: NewInvite): Promise<SentInvite> {
    const secret = mintSecret('inv');
    // Behind the mark, so that no server, proxy or log on the way is told.
    const link = `${this.publicUrl.origin}/join#token=${secret.text}`;
    const teamIds = [...new Set(input.teamIds.map((id) => id.toLowerCase()))];
    const row = await this.db.write(ctx, async (tx) => {
      const user = await prepareUser(tx, input);
      // Whoever gets the link can join in the other's place and have what he has.
      requireCeiling(access, await assignmentsOf(tx, { type: 'user', id: user.id }));
      await requirePause(tx, user.id);
      for (const teamId of await keepTeams(tx, input.teamIds, teamIds)) {
        requireCeiling(access, await assignmentsOf(tx, { type: 'team', id: teamId }));
        await tx.run(sql`
          insert into team_member (org_id, id, team_id, user_id)
          values (${ctx.orgId}, ${uuidv7()}, ${teamId}, ${user.id}) on conflict do nothing`);
      }
      const revoked = await revokeInvites(tx, user.id);
      const invite = await insertInvite(tx, user.id, secret, this.config.mail ? null : ctx.principal);
      if (this.config.mail)
        await enqueue(tx, 'access.send_invite_mail', {
          invite_id: invite.id,
          sealed: this.secretBox.seal(link, inviteLinkContext(invite.id)),
        });
      await recordAudit(tx, {
        action: 'user.invite',
        targetId: user.id,
        person: personOf(user),
        after: { ...user, invite_id: invite.id, expires_at: invite.expires_at, team_ids: teamIds, ...revoked },
      });
      return invite;
    });
    return this.config.mail ? row : { ...row, invite_url: link };
  }
}

/** What the sealed link of an invite belongs to. */
export function inviteLinkContext(inviteId: string): string {
  return `invite.link/${inviteId}`;
}

async function prepareUser(tx: Tx, { email, fullName }: NewInvite): Promise<UserRow> {
  const { orgId } = tx.ctx;
  const created = await tx.row<UserRow>(sql`
    insert into user_account (org_id, id, email, full_name, active, invited)
    values (${orgId}, ${uuidv7()}, ${email}, ${fullName ?? email}, false, true)
    on conflict do nothing returning ${USER_COLUMNS}`);
  if (created) return created;
  const known = await tx.row<UserRow>(sql`
    select ${USER_COLUMNS} from user_account
    where org_id = ${orgId} and lower(email) = lower(${email}) for update`);
  // Deleted between the two statements.
  if (!known) throw new RepeatTransaction();
  if (known.active) throw new AppError('user_already_active');
  if (!known.invited) throw new AppError('user_disabled');
  if (fullName === null || fullName === known.full_name) return known;
  const renamed = await tx.row<UserRow>(sql`
    update user_account set full_name = ${fullName}, updated_at = clock_timestamp()
    where org_id = ${orgId} and id = ${known.id} returning ${USER_COLUMNS}`);
  return renamed ?? known;
}

/** Locks the teams, so that they are there until the end. */
async function keepTeams(tx: Tx, given: readonly string[], teamIds: readonly string[]): Promise<readonly string[]> {
  const teams = await tx.rows<{ id: string }>(sql`
    select id from team where org_id = ${tx.ctx.orgId} and id = any(${teamIds}::uuid[]) order by id for key share`);
  const found = new Set(teams.map(({ id }) => id));
  const missing = given.findIndex((id) => !found.has(id.toLowerCase()));
  if (missing !== -1)
    throw invalidParameter({
      field: `team_ids.${missing}`,
      rule: 'missing_reference',
      reason: `team_ids.${missing} must be the id of a team of the organization`,
      source: 'body',
    });
  return [...found];
}

// Nobody's mailbox is filled by whoever may invite.
async function requirePause(tx: Tx, userId: string): Promise<void> {
  const pause = await tx.row<{ seconds: number | null }>(sql`
    select ceil(extract(epoch from max(created_at) + make_interval(secs => ${PAUSE_SECONDS}::float8)
                                   - clock_timestamp()))::integer as seconds
    from invite where org_id = ${tx.ctx.orgId} and user_id = ${userId}`);
  const seconds = pause?.seconds ?? 0;
  if (seconds > 0)
    throw new AppError('rate_limited', {
      detail: `The same user can be invited again ${PAUSE_SECONDS} seconds after the last invite`,
      headers: { 'Retry-After': String(seconds) },
    });
}

/** Ends every earlier invite. */
async function revokeInvites(tx: Tx, userId: string): Promise<{ revoked_invites?: string[] }> {
  const revoked = await tx.rows<{ id: string }>(sql`
    update invite set revoked_at = now()
    where org_id = ${tx.ctx.orgId} and user_id = ${userId} and accepted_at is null and revoked_at is null
    returning id`);
  return revoked.length === 0 ? {} : { revoked_invites: revoked.map(({ id }) => id) };
}

/** @param shownTo who is told the link besides the user; null: nobody */
async function insertInvite(tx: Tx, userId: string, secret: NewSecret, shownTo: Principal | null): Promise<InviteRow> {
  const { orgId } = tx.ctx;
  const row = await tx.row<InviteRow>(sql`
    with i as (
      insert into invite (org_id, id, user_id, public_id, hash, expires_at, shown_to, shown_to_type)
      values (${orgId}, ${uuidv7()}, ${userId}, ${secret.publicId}, ${secret.hash},
              now() + make_interval(days => ${LIFETIME_DAYS}), ${shownTo?.id ?? null}, ${shownTo?.type ?? null})
      returning *)
    select ${INVITE_COLUMNS} from i join user_account u on u.org_id = i.org_id and u.id = i.user_id`);
  if (!row) throw new Error('the new invite was not returned');
  return row;
}
