import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { LONG_AGO, requestRunOfCopy } from '../runs/request-run';

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
      // A run that waits, for an upstream which is down perhaps, keeps another from being asked for. It takes what was read,
      // but for the one that somebody wants to hear from the upstream by.
      await tx.run(sql`
        update mirror_run set fresh_from = ${LONG_AGO}, due_at = clock_timestamp()
        where org_id = ${ctx.orgId} and state = 'waiting' and trigger <> 'request' and not dry_run`);
      for (const { id } of mirrors.filter(({ enabled }) => enabled)) await requestRunOfCopy(tx, id, 'policy');
    });
  }
}
