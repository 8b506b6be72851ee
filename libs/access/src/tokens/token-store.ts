import { sql, type Tx } from '@portolan/db';
import { AppError, isUuid } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { holderColumn } from '../rbac/holder';
import { mintSecret } from './secret';
import type { TokenOwner } from './token-owner';
import { TOKEN_COLUMNS, type NewTokenRow, type TokenRow } from './token-row';

/** @throws AppError access_token_not_found, also for a token of another owner */
export async function tokenOf(tx: Tx, owner: TokenOwner, tokenId: string): Promise<TokenRow> {
  const row = isUuid(tokenId)
    ? await tx.row<TokenRow>(sql`
        select ${TOKEN_COLUMNS} from access_token t
        where t.org_id = ${tx.ctx.orgId} and t.id = ${tokenId} and t.${holderColumn(owner.type)} = ${owner.id}`)
    : undefined;
  if (!row) throw new AppError('access_token_not_found');
  return row;
}

/**
 * A name is free unless a token of the owner has it that is live and has no successor. Call it with the owner locked.
 *
 * @param except the token that is being renamed
 * @throws AppError access_token_name_taken
 */
export async function requireFreeName(
  tx: Tx,
  owner: TokenOwner,
  name: string,
  except: string | null = null,
): Promise<void> {
  const taken = await tx.row(sql`
    select 1 from access_token
    where org_id = ${tx.ctx.orgId} and ${holderColumn(owner.type)} = ${owner.id} and name = ${name}
      and id is distinct from ${except}::uuid and revoked_at is null and rotated_at is null and expires_at > now()`);
  if (taken) throw new AppError('access_token_name_taken');
}

/** @throws AppError access_token_ended unless the token is live and has no successor */
export function requireLive({ state, rotated_at }: TokenRow): void {
  if (state !== 'ACTIVE') throw new AppError('access_token_ended');
  if (rotated_at !== null) throw new AppError('access_token_ended', { detail: 'The token has been rotated already' });
}

export async function insertToken(tx: Tx, owner: TokenOwner, name: string, expiresAt: string): Promise<NewTokenRow> {
  const secret = mintSecret(owner.type === 'user' ? 'pat' : 'sat');
  const row = await tx.row<TokenRow>(sql`
    insert into access_token as t (org_id, id, public_id, ${holderColumn(owner.type)}, name, hash, expires_at)
    values (${tx.ctx.orgId}, ${uuidv7()}, ${secret.publicId}, ${owner.id}, ${name}, ${secret.hash},
            ${expiresAt}::timestamptz)
    returning ${TOKEN_COLUMNS}`);
  if (!row) throw new Error('the new token was not returned');
  return { ...row, token: secret.text };
}

/** What an audit row keeps of a token. */
export function auditView({ id, name, state, expires_at }: TokenRow, owner: TokenOwner): object {
  return { id, name, state, expires_at, owner_type: owner.type, owner_id: owner.id };
}
