import { recordAudit } from '@portolan/audit';
import { sql, type Tx } from '@portolan/db';
import { v7 as uuidv7 } from 'uuid';
import { isAscii } from '../../users/ascii';
import { useInvite } from '../../users/use-invite';
import type { ProviderIdentity } from './provider-identity';
import { SsoFailure } from './sso-failure';

/** The account that somebody signs in to, and what it takes that he may. */
export interface ResolvedUser {
  readonly id: string;
  readonly email: string;
  /** `known` by an earlier login; `invited` joins now; `new` is made now. */
  readonly kind: 'known' | 'invited' | 'new';
  /** The invite by which an invited user joins. */
  readonly inviteId: string | null;
}

interface Candidate {
  readonly id: string;
  readonly email: string;
  readonly active: boolean;
  /** True when the provider has vouched for this very person before. */
  readonly known: boolean;
}

interface Invited {
  readonly id: string;
  readonly email: string;
  /** True while the invite waits to be accepted. */
  readonly open: boolean;
}

/**
 * Whose account an identity is. An email address leads to none: else a provider could take over whatever account it
 * names. Whoever was invited shows it by his invite, whatever the provider calls him.
 *
 * @param inviteId of the invite that the login was begun with, or null
 * @throws SsoFailure
 */
export async function resolveUser(
  tx: Tx,
  providerId: string,
  identity: ProviderIdentity,
  inviteId: string | null,
): Promise<ResolvedUser> {
  // The invite first: who has used it in between is known by the second statement.
  const invited = inviteId === null ? undefined : await findInvited(tx, inviteId);
  const found = await findCandidate(tx, providerId, identity);
  if (found?.known) {
    if (inviteId !== null && found.id !== invited?.id) throw new SsoFailure('another account', HAS_ACCOUNT);
    if (!found.active) throw new SsoFailure('disabled');
    return { id: found.id, email: found.email, kind: 'known', inviteId: null };
  }
  if (inviteId !== null) {
    if (!invited?.open) throw new SsoFailure('invite over', INVITE_OVER);
    return { id: invited.id, email: invited.email, kind: 'invited', inviteId };
  }
  const { email } = identity;
  if (email === null) throw new SsoFailure('no verified email');
  if (!isAscii(email)) throw new SsoFailure('email outside ASCII', OUTSIDE_ASCII);
  if (found) throw new SsoFailure('email of another account', NEEDS_INVITE);
  return { id: uuidv7(), email, kind: 'new', inviteId: null };
}

const HAS_ACCOUNT = 'You have another account here already. Sign in without the invitation';
const INVITE_OVER = 'This invitation is used, revoked or older than 7 days';
const OUTSIDE_ASCII =
  'Your email address holds letters outside ASCII. Ask your administrator to invite you under another one';
const NEEDS_INVITE =
  'An account with your email address is there already, and this sign-in does not lead to it. If you were invited, open ' +
  'the link of your invitation and choose single sign-on there';

// One statement: between two, another login of the same person could make the account that the second one finds.
function findCandidate(tx: Tx, providerId: string, identity: ProviderIdentity): Promise<Candidate | undefined> {
  const { orgId } = tx.ctx;
  return tx.row<Candidate>(sql`
    select u.id, u.email, u.active, true as known
    from user_identity i join user_account u on u.org_id = i.org_id and u.id = i.user_id
    where i.org_id = ${orgId} and i.identity_provider_id = ${providerId} and i.subject = ${identity.subject}
    union all
    select u.id, u.email, u.active, false
    from user_account u where u.org_id = ${orgId} and lower(u.email) = lower(${identity.email})
    order by known desc limit 1`);
}

function findInvited(tx: Tx, inviteId: string): Promise<Invited | undefined> {
  return tx.row<Invited>(sql`
    select u.id, u.email,
           u.invited and not u.active and i.accepted_at is null and i.revoked_at is null and i.expires_at > now() as open
    from invite i join user_account u on u.org_id = i.org_id and u.id = i.user_id
    where i.org_id = ${tx.ctx.orgId} and i.id = ${inviteId}`);
}

/**
 * Makes true what was resolved. The principal of the transaction is the user.
 *
 * @returns false when the ground has moved since, and it has to be resolved anew
 */
export async function settleUser(
  tx: Tx,
  providerId: string,
  identity: ProviderIdentity,
  user: ResolvedUser,
): Promise<boolean> {
  const { orgId } = tx.ctx;
  if (user.kind === 'known')
    return (
      (await tx.row(
        sql`select 1 from user_account where org_id = ${orgId} and id = ${user.id} and active for no key update`,
      )) !== undefined
    );
  const fullName = identity.fullName ?? user.email;
  // The user before his invite: one that is made anew takes the locks in this order.
  const settled =
    user.kind === 'new'
      ? await tx.run(sql`
          insert into user_account (org_id, id, email, full_name)
          values (${orgId}, ${user.id}, ${user.email}, ${fullName}) on conflict do nothing`)
      : await tx.run(sql`
          update user_account
          set active = true, invited = false, updated_at = clock_timestamp(),
              full_name = case when full_name in ('', email) then ${fullName} else full_name end
          where org_id = ${orgId} and id = ${user.id} and invited and not active`);
  if (settled === 0) return false;
  if (user.inviteId !== null && !(await useInvite(tx, user.inviteId))) return false;
  const linked = await tx.run(sql`
    insert into user_identity (org_id, identity_provider_id, subject, user_id)
    values (${orgId}, ${providerId}, ${identity.subject}, ${user.id}) on conflict do nothing`);
  if (linked === 0) return false;
  await recordAudit(tx, {
    action: 'user.join',
    targetId: user.id,
    person: { id: user.id, name: user.email },
    after: {
      email: user.email,
      identity_provider_id: providerId,
      subject: identity.subject,
      invite_id: user.inviteId,
    },
  });
  return true;
}
