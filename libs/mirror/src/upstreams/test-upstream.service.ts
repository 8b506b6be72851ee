import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { SecretBox } from '@portolan/vault';
import type { ConnectionReport } from './connection-checks';
import { TestConnection } from './test-connection';
import { findUpstream } from './upstream-row';
import { upstreamTargetOf } from './upstream-target-of';

/** Tests the connection to an upstream as it is stored, enabled or not. */
@Injectable()
export class TestUpstream {
  constructor(
    private readonly db: OrgDb,
    private readonly secretBox: SecretBox,
    private readonly testConnection: TestConnection,
  ) {}

  /** @throws AppError upstream_not_found; rate_limited while too many are under way */
  async execute(ctx: Ctx, id: string): Promise<ConnectionReport> {
    const { upstream, sealed } = await this.db.read(ctx, async (tx) => {
      const found = await findUpstream(tx, id);
      const row = await tx.row<{ sealed: string | null }>(sql`
        select headers_sealed as sealed from upstream where org_id = ${ctx.orgId} and id = ${found.id}`);
      return { upstream: found, sealed: row?.sealed ?? null };
    });
    const { name, url, verify_tls, header_names } = upstream;
    return this.testConnection.run(ctx, { id: upstream.id, name, url, verify_tls, header_names }, () =>
      upstreamTargetOf({ upstream_id: upstream.id, url, verify_tls, headers_sealed: sealed }, this.secretBox),
    );
  }
}
