import { recordAudit } from '@portolan/audit';
import { sql, type Tx } from '@portolan/db';
import { v7 as uuidv7 } from 'uuid';
import type { ProviderIdentity } from './provider-identity';
import { SsoFailure } from './sso-failure';

/** The account that somebody signs in to, and what it takes that he may. */
export interface ResolvedUser {
  readonly id: string;
  readonly email: string;
  /** `known` by an earlier login; `invited` joins now; `new` is made now. */
  readonly kind: 'known' | 'invited' | 'new';
}

interface Candidate {
  readonly id: string;
  readonly email: string;
  readonly active: boolean;
  /** True when the provider has vouched for this very person before. */
  readonly known: boolean;
  /** True for an invited user who has not joined. */
  readonly awaited: boolean;
}

/**
 * Whose account an identity is. An email address leads to an account only while its owner is awaited: else a provider
 * could take over whatever account it names.
 *
 * @throws SsoFailure
 */
export async function resolveUser(tx: Tx, providerId: string, identity: ProviderIdentity): Promise<ResolvedUser> {
  const { orgId } = tx.ctx;
  const { email } = identity;
  // One statement: between two, another login of the same person could make the account that the second one finds.
  const found = await tx.row<Candidate>(sql`
    select u.id, u.email, u.active, true as known, false as awaited
    from user_identity i join user_account u on u.org_id = i.org_id and u.id = i.user_id
    where i.org_id = ${orgId} and i.identity_provider_id = ${providerId} and i.subject = ${identity.subject}
    union all
    select u.id, u.email, u.active, false,
           u.invited and not u.active
             and not exists (select 1 from user_password p where p.org_id = u.org_id and p.user_id = u.id)
             and not exists (select 1 from user_identity i where i.org_id = u.org_id and i.user_id = u.id)
             and exists (select 1 from invite i where i.org_id = u.org_id and i.user_id = u.id
                           and i.revoked_at is null and i.accepted_at is null)
    from user_account u where u.org_id = ${orgId} and lower(u.email) = lower(${email})
    order by known desc limit 1`);
  if (found?.known) {
    if (!found.active) throw new SsoFailure('disabled');
    return { id: found.id, email: found.email, kind: 'known' };
  }
  if (email === null) throw new SsoFailure('no verified email');
  if (!found) return { id: uuidv7(), email, kind: 'new' };
  if (!found.awaited) throw new SsoFailure('email of another account');
  return { id: found.id, email: found.email, kind: 'invited' };
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
  const settled =
    user.kind === 'new'
      ? await tx.run(sql`
          insert into user_account (org_id, id, email, full_name)
          values (${orgId}, ${user.id}, ${user.email}, ${fullName}) on conflict do nothing`)
      : await tx.run(sql`
          update user_account
          set active = true, invited = false, updated_at = clock_timestamp(),
              full_name = case when full_name = '' then ${fullName} else full_name end
          where org_id = ${orgId} and id = ${user.id} and invited and not active`);
  if (settled === 0) return false;
  // A link that is still in a mailbox would set a password for the account.
  const accepted = await tx.run(sql`
    update invite set accepted_at = now()
    where org_id = ${orgId} and user_id = ${user.id} and accepted_at is null and revoked_at is null`);
  if (user.kind === 'invited' && accepted === 0) return false;
  const linked = await tx.run(sql`
    insert into user_identity (org_id, identity_provider_id, subject, user_id)
    values (${orgId}, ${providerId}, ${identity.subject}, ${user.id}) on conflict do nothing`);
  if (linked === 0) return false;
  await recordAudit(tx, {
    action: 'user.join',
    targetId: user.id,
    targetName: user.email,
    after: {
      email: user.email,
      identity_provider_id: providerId,
      subject: identity.subject,
      invited: user.kind === 'invited',
    },
  });
  return true;
}
