import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { roomFor, systemCtx } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import { LRUCache } from 'lru-cache';

/** What an organization wants written down besides what always is. */
export interface AuditChoices {
  /** Each request that was allowed to somebody who is signed in. */
  readonly logGrants: boolean;
  /** 0 to 100: how many of the reads of its registries. */
  readonly accessSamplePercent: number;
}

interface SettingsRow {
  readonly log_grants: boolean;
  readonly access_sample_percent: number;
}

const REFRESH_AFTER_MS = 10_000;
/** What nobody has asked for so long is read anew before it counts. */
const FORGET_AFTER_MS = 30_000;
const ORGANIZATIONS_MAX = 10_000;
const DEFAULTS: AuditChoices = { logGrants: false, accessSamplePercent: 0 };

/** The choices of organizations as this process remembers them, so that no read costs another query. */
@Injectable()
export class AuditPolicy {
  private readonly cache = new LRUCache<string, AuditChoices>({
    ...roomFor(ORGANIZATIONS_MAX),
    ttl: FORGET_AFTER_MS,
    // Else looking at the clock is what a look into memory costs most.
    ttlResolution: 500,
    noDeleteOnFetchRejection: true,
    // Whoever waits for what is being forgotten gets it; it is not kept.
    ignoreFetchAbort: true,
    fetchMethod: (orgId) => this.read(orgId),
  });

  constructor(private readonly db: OrgDb) {}

  /** A change made elsewhere counts after 10 s, with the request that follows; where it was made, after `forget`. */
  async of(orgId: string): Promise<AuditChoices> {
    return this.known(orgId) ?? this.cache.forceFetch(orgId);
  }

  /** As `of`, as far as it is known without asking. */
  known(orgId: string): AuditChoices | undefined {
    const known = this.cache.get(orgId);
    if (known !== undefined && this.cache.getRemainingTTL(orgId) < FORGET_AFTER_MS - REFRESH_AFTER_MS)
      void this.cache.fetch(orgId, { forceRefresh: true }).catch(() => undefined);
    return known;
  }

  forget(orgId: string): void {
    this.cache.delete(orgId);
  }

  private async read(orgId: string): Promise<AuditChoices> {
    const row = await this.db.read(systemCtx(orgId, 'audit', newRequestId()), (tx) =>
      tx.row<SettingsRow>(sql`select log_grants, access_sample_percent from audit_settings where org_id = ${orgId}`),
    );
    return row ? { logGrants: row.log_grants, accessSamplePercent: row.access_sample_percent } : DEFAULTS;
  }
}
