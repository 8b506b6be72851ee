import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { LONG_AGO, requestRun } from '../runs/request-run';

/** Has every mirror of an organization compare all it holds, without asking its upstream anew. */
@Injectable()
export class CompareAll {
  constructor(private readonly db: OrgDb) {}

  execute(ctx: Ctx): Promise<void> {
    return this.db.write(ctx, async (tx) => {
      const mirrors = await tx.rows<{ id: string }>(sql`
        update mirror set applied_crawl = null, next_run_at = clock_timestamp()
        where org_id = ${ctx.orgId} and enabled returning id`);
      for (const { id } of mirrors)
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
