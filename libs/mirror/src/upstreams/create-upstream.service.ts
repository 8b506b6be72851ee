import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql, type Tx } from '@portolan/db';
import { Egress } from '@portolan/egress';
import { AppError, type Ctx } from '@portolan/kernel';
import { SecretBox } from '@portolan/vault';
import { v7 as uuidv7 } from 'uuid';
import { nameSource } from './name-source';
import { UPSTREAM_COLUMNS, type UpstreamRow } from './upstream-row';
import { headerNamesOf, sealHeaders, type UpstreamHeaders } from './upstream-target-of';

const UPSTREAMS_MAX = 100;

export interface NewUpstream {
  readonly name: string;
  readonly display_name: string;
  readonly url: string;
  /** By lowercase name; sealed before they are stored. Null for none. */
  readonly headers: UpstreamHeaders | null;
  readonly verify_tls: boolean;
  readonly enabled: boolean;
}

/** Names an upstream. Nothing is read of it before a registry mirrors it. */
@Injectable()
export class CreateUpstream {
  constructor(
    private readonly db: OrgDb,
    private readonly egress: Egress,
    private readonly secretBox: SecretBox,
  ) {}

  /** @throws AppError forbidden_address, encryption_not_configured, quota_exceeded, upstream_name_taken */
  async execute(ctx: Ctx, input: NewUpstream): Promise<UpstreamRow> {
    this.egress.check(input.url);
    const id = uuidv7();
    const { headers, name, display_name: displayName, url, verify_tls: verifyTls, enabled } = input;
    const sealed = headers === null ? null : sealHeaders(headers, id, this.secretBox);
    try {
      return await this.db.write(ctx, async (tx) => {
        await requirePlace(tx);
        const sourceId = await nameSource(tx, id, { url, verify_tls: verifyTls, hasHeaders: headers !== null });
        const row = await tx.row<UpstreamRow>(sql`
          insert into upstream (org_id, id, name, display_name, url, headers_sealed, header_names, verify_tls, enabled,
                                source_id)
          values (${ctx.orgId}, ${id}, ${name}, ${displayName}, ${url}, ${sealed}, ${headerNamesOf(headers)},
                  ${verifyTls}, ${enabled}, ${sourceId})
          returning ${UPSTREAM_COLUMNS}`);
        if (!row) throw new Error('the new upstream was not returned');
        await recordAudit(tx, { action: 'upstream.create', targetId: row.id, targetName: row.name, after: row });
        return row;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'upstream_name_key') throw new AppError('upstream_name_taken');
      throw error;
    }
  }
}

async function requirePlace(tx: Tx): Promise<void> {
  const { orgId } = tx.ctx;
  // A statement of its own: one that waits and counts would count what was there before it waited.
  await tx.run(sql`select pg_advisory_xact_lock(hashtextextended(${`quota/${orgId}/upstreams`}, 0))`);
  const row = await tx.row<{ in_use: number }>(
    sql`select count(*)::integer as in_use from upstream where org_id = ${orgId} and not built_in`,
  );
  const inUse = row?.in_use ?? 0;
  if (inUse >= UPSTREAMS_MAX)
    throw new AppError('quota_exceeded', {
      detail: `Maximum number of upstreams exceeded. Max allowed: ${UPSTREAMS_MAX}. In use: ${inUse}.`,
    });
}
