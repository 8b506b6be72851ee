import { Inject, Injectable } from '@nestjs/common';
import type { AccessConfig } from '@portolan/config';
import { sql, type SqlFragment, type Tx } from '@portolan/db';
import { AppError } from '@portolan/kernel';
import { ACCESS_CONFIG } from '../access-config';

export type QuotaKind = keyof AccessConfig['quotas'];

/** What an organization has instead of the platform's quotas, as its row holds it. */
export type QuotaSettings = Readonly<Partial<Record<QuotaKind, number>>>;

/** What is counted when something is created; servers and versions are counted in their registry's row instead. */
type CountedKind = Extract<QuotaKind, 'registries' | 'teams' | 'tokens'>;

/** How many of each there may be. */
@Injectable()
export class Quotas {
  constructor(@Inject(ACCESS_CONFIG) private readonly config: AccessConfig) {}

  /** The platform's own, which count where an organization has none. */
  get platform(): AccessConfig['quotas'] {
    return this.config.quotas;
  }

  /**
   * Call before one more is inserted, in the same transaction. Those who create the same kind in one organization wait
   * for each other until they commit, so that the count is exact.
   *
   * @throws AppError quota_exceeded
   */
  async require(tx: Tx, kind: CountedKind): Promise<void> {
    const { orgId } = tx.ctx;
    // A statement of its own: one that waits and counts would count what was there before it waited.
    await tx.run(sql`select pg_advisory_xact_lock(hashtextextended(${`quota/${orgId}/${kind}`}, 0))`);
    const row = await tx.row<{ quotas: QuotaSettings; in_use: number }>(sql`
      select quotas, (${countOf(kind, orgId)}) as in_use from organization where id = ${orgId}`);
    if (!row) throw new Error('the organization is gone');
    const maximum = row.quotas[kind] ?? this.platform[kind];
    if (row.in_use >= maximum) throw quotaExceeded(kind, maximum, row.in_use);
  }
}

/** The number of what an organization has of a kind, as a select. */
export function countOf(kind: CountedKind, orgId: string): SqlFragment {
  switch (kind) {
    case 'registries':
      return sql`select count(*)::integer from registry where org_id = ${orgId}`;
    case 'teams':
      return sql`select count(*)::integer from team where org_id = ${orgId} and not system_team`;
    case 'tokens':
      return sql`
        select count(*)::integer from access_token
        where org_id = ${orgId} and revoked_at is null and expires_at > now()`;
  }
}

export function quotaExceeded(kind: QuotaKind, maximum: number, inUse: number): AppError {
  return new AppError('quota_exceeded', {
    detail: `Maximum number of ${kind} exceeded. Max allowed: ${maximum}. In use: ${inUse}.`,
  });
}
