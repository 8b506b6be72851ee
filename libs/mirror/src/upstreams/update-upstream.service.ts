import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { Egress } from '@portolan/egress';
import { AppError, invalidParameter, type Ctx } from '@portolan/kernel';
import { SecretBox } from '@portolan/vault';
import type { NewUpstream } from './create-upstream.service';
import { nameSource } from './name-source';
import { findUpstream, UPSTREAM_COLUMNS, type UpstreamRow } from './upstream-row';
import { headerNamesOf, sealHeaders } from './upstream-target-of';

/** Absent means unchanged; headers of null are taken away. */
export type UpstreamChange = Partial<Omit<NewUpstream, 'name'>>;

/** Changes, enables or disables an upstream. Where it is asked otherwise than before, it is read from its beginning. */
@Injectable()
export class UpdateUpstream {
  constructor(
    private readonly db: OrgDb,
    private readonly egress: Egress,
    private readonly secretBox: SecretBox,
  ) {}

  /**
   * @throws AppError upstream_not_found, upstream_built_in, forbidden_address, encryption_not_configured,
   * invalid_parameters when somebody else could get the headers
   */
  async execute(ctx: Ctx, id: string, change: UpstreamChange): Promise<UpstreamRow> {
    const { headers, ...rest } = change;
    if (change.url !== undefined) this.egress.check(change.url);
    const sealed = headers == null ? null : sealHeaders(headers, id.toLowerCase(), this.secretBox);
    return this.db.write(ctx, async (tx) => {
      const before = await findUpstream(tx, id, 'change');
      requireChangeable(before, change);
      const next = {
        ...before,
        ...rest,
        header_names: headers === undefined ? before.header_names : headerNamesOf(headers),
      };
      const moved = isMoved(before, next) || sealed !== null;
      const sourceId = moved
        ? await nameSource(tx, before.id, { ...next, hasHeaders: next.header_names.length > 0 })
        : null;
      const after = await tx.row<UpstreamRow>(sql`
        update upstream
        set display_name = ${next.display_name}, url = ${next.url}, verify_tls = ${next.verify_tls},
            enabled = ${next.enabled}, header_names = ${next.header_names},
            headers_sealed = case when ${headers === undefined} then headers_sealed else ${sealed} end,
            source_id = coalesce(${sourceId}::uuid, source_id), updated_at = clock_timestamp()
        where org_id = ${ctx.orgId} and id = ${before.id}
        returning ${UPSTREAM_COLUMNS}`);
      if (!after) throw new AppError('upstream_not_found');
      if (moved) await readAnew(tx, after.id);
      await recordAudit(tx, {
        action: 'upstream.update',
        targetId: after.id,
        targetName: after.name,
        before,
        after: { ...after, headers_changed: headers !== undefined },
      });
      return after;
    });
  }
}

/** Registries that follow the upstream do not wait for their next time to show what is there now. */
async function readAnew(tx: Tx, upstreamId: string): Promise<void> {
  await tx.run(sql`
    update mirror set next_run_at = clock_timestamp()
    where org_id = ${tx.ctx.orgId} and upstream_id = ${upstreamId} and enabled`);
}

function isMoved(before: UpstreamRow, next: UpstreamRow): boolean {
  const whence = ({ url, verify_tls: verifyTls, header_names: names }: UpstreamRow) => [
    url,
    verifyTls,
    names.length > 0,
  ];
  return whence(before).join() !== whence(next).join();
}

function requireChangeable(
  before: UpstreamRow,
  { headers, url, verify_tls: verifyTls, ...rest }: UpstreamChange,
): void {
  const others = [headers, url, verifyTls, rest.display_name];
  if (before.built_in && others.some((one) => one !== undefined)) throw new AppError('upstream_built_in');
  if (before.header_names.length === 0 || headers !== undefined) return;
  // Else whoever may edit an upstream could have its headers sent to a server of his own.
  if (url !== undefined && url !== before.url) throw headersRequired('another url');
  if (verifyTls === false && before.verify_tls) throw headersRequired('verify_tls of false');
}

function headersRequired(what: string): AppError {
  return invalidParameter({
    field: 'headers',
    rule: 'required',
    reason: `headers must be given, or null, along with ${what}`,
    source: 'body',
  });
}
