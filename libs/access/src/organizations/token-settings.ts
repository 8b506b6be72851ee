import { sql, type SqlFragment, type Tx } from '@portolan/db';
import { AppError } from '@portolan/kernel';

export interface TokenSettings {
  readonly pats_enabled: boolean;
  /** The longest lifetime of a token that is made from now on, personal or of a system account. */
  readonly max_expiration_period_days: number;
}

/** @throws AppError organization_not_found */
export async function tokenSettingsOf(tx: Tx, lock: SqlFragment): Promise<TokenSettings> {
  const row = await tx.row<TokenSettings>(sql`
    select personal_tokens_enabled as pats_enabled, token_lifetime_max_days as max_expiration_period_days
    from organization where id = ${tx.ctx.orgId} ${lock}`);
  if (!row) throw new AppError('organization_not_found');
  return row;
}
