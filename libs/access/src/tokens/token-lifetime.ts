import { sql, type Tx } from '@portolan/db';
import { AppError, invalidParameter } from '@portolan/kernel';
import type { TokenOwner } from './token-owner';

const DEFAULT_DAYS = 90;
const DAY_SECONDS = 86_400;

/** When a token is to expire: at an instant, after a time, or after the default of 90 days. */
export interface Lifetime {
  /** RFC 3339. */
  readonly expiresAt?: string;
  readonly ttlSeconds?: number;
}

interface Settled {
  readonly personal_tokens_enabled: boolean;
  readonly max_days: number;
  readonly expires_at: string;
  readonly ahead: boolean;
  readonly within: boolean;
}

/**
 * When a token that is made now expires.
 *
 * @throws AppError personal_tokens_disabled, invalid_parameters that names the organization's maximum
 */
export async function settleExpiry(tx: Tx, owner: TokenOwner, lifetime: Lifetime): Promise<string> {
  const { expiresAt = null, ttlSeconds = null } = lifetime;
  if (expiresAt !== null && ttlSeconds !== null)
    throw invalidParameter({
      field: 'ttl_seconds',
      rule: 'dependent_fields',
      reason: 'ttl_seconds and expires_at exclude each other',
      source: 'body',
    });
  const settled = await tx.row<Settled>(sql`
    select personal_tokens_enabled, max_days, rfc3339(at) as expires_at, at > clock_timestamp() as ahead,
           at <= now() + make_interval(secs => max_days * ${DAY_SECONDS}::float8) as within
    from (select personal_tokens_enabled, token_lifetime_max_days as max_days,
                 coalesce(${expiresAt}::timestamptz,
                          now() + make_interval(secs => coalesce(${ttlSeconds}::float8,
                            least(${DEFAULT_DAYS}, token_lifetime_max_days) * ${DAY_SECONDS}::float8))) as at
          from organization where id = ${tx.ctx.orgId}) asked`);
  if (!settled) throw new AppError('organization_not_found');
  if (owner.type === 'user' && !settled.personal_tokens_enabled) throw new AppError('personal_tokens_disabled');
  if (!settled.ahead) throw refused('expires_at', 'min', 'expires_at must be in the future');
  if (!settled.within) throw beyond(expiresAt === null, settled.max_days);
  return settled.expires_at;
}

/** The lifetime that a token was made for, as far as the organization still allows it. */
export async function sameLifetime(tx: Tx, tokenId: string): Promise<Lifetime> {
  const row = await tx.row<{ seconds: number }>(sql`
    select least(extract(epoch from t.expires_at - t.created_at)::float8,
                 o.token_lifetime_max_days * ${DAY_SECONDS}::float8) as seconds
    from access_token t join organization o on o.id = t.org_id
    where t.org_id = ${tx.ctx.orgId} and t.id = ${tokenId}`);
  return row ? { ttlSeconds: row.seconds } : {};
}

function beyond(byTtl: boolean, maxDays: number): AppError {
  const days = `${maxDays} ${maxDays === 1 ? 'day' : 'days'}`;
  if (!byTtl) return refused('expires_at', 'max', `expires_at must be at most ${days} ahead`, maxDays);
  const seconds = maxDays * DAY_SECONDS;
  return refused('ttl_seconds', 'max', `ttl_seconds must not be greater than ${seconds} (${days})`, seconds);
}

function refused(field: string, rule: string, reason: string, maximum?: number): AppError {
  return invalidParameter({ field, rule, reason, source: 'body', ...(maximum === undefined ? {} : { maximum }) });
}
