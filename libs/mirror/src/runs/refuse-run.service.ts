import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { findMirror, waitBriefly } from '../mirrors/mirror-row';
import { findRun, type RunRow } from './run-row';

/** Ends a held run for good, and asks nobody about the same crawl again. */
@Injectable()
export class RefuseRun {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError mirror_not_found, mirror_run_not_found, mirror_run_not_held */
  execute(ctx: Ctx, registryId: string, mirrorId: string, id: string): Promise<RunRow> {
    return this.db.write(ctx, async (tx) => {
      await waitBriefly(tx);
      const mirror = await findMirror(tx, registryId, mirrorId, 'change');
      const before = await findRun(tx, mirror.id, id, 'change');
      if (before.state !== 'held') throw new AppError('mirror_run_not_held');
      await tx.run(sql`
        update mirror_run set state = 'refused', finished_at = clock_timestamp()
        where org_id = ${ctx.orgId} and id = ${before.id}`);
      // An upstream that was moved since has another copy, whose crawls have numbers of their own.
      await tx.run(sql`
        update mirror m set refused_crawl = r.crawl_number
        from mirror_run r, upstream u
        where m.org_id = ${ctx.orgId} and m.id = ${mirror.id}
          and r.org_id = m.org_id and r.id = ${before.id}
          and u.org_id = m.org_id and u.id = m.upstream_id and u.source_id = r.source_id`);
      const after = await findRun(tx, mirror.id, before.id);
      await recordAudit(tx, {
        action: 'mirror.run.refuse',
        targetId: after.id,
        parent: { type: 'mirror', id: mirror.id },
        registryId,
        before: { state: before.state, reasons: before.reasons },
        after: { state: after.state },
      });
      return after;
    });
  }
}
