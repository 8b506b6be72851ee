import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { LONG_AGO, requestRun } from '../runs/request-run';

/**
 * Has every mirror of an organization compare all it holds: at once and without asking its upstream anew, or when it is
 * enabled.
 */
@Injectable()
export class CompareAll {
  constructor(private readonly db: OrgDb) {}

  execute(ctx: Ctx): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const mirrors = await tx.rows<{ id: string; enabled: boolean }>(sql`
        update mirror set applied_crawl = null, next_run_at = case when enabled then clock_timestamp() end
        where org_id = ${ctx.orgId} returning id, enabled`);
      for (const { id } of mirrors.filter(({ enabled }) => enabled))
        await requestRun(tx, {
          mirrorId: id,
          mode: 'incremental',
          dryRun: false,
          trigger: 'policy',
          freshFrom: LONG_AGO,
        });
    });
  }
}
