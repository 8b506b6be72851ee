import { Injectable } from '@nestjs/common';
import { OrgDb, sql, SystemDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { RUN_LEASE_SECONDS, type ClaimedRun } from './claimed-run';

/** Runs that one organization may have under way at the same time, all workers taken together. */
export const RUNS_PER_ORGANIZATION = 4;

/** Hands out the run whose turn it is, whoever asks. */
@Injectable()
export class ClaimRun {
  constructor(
    private readonly system: SystemDb,
    private readonly db: OrgDb,
  ) {}

  /** @returns null when none is due */
  async execute(): Promise<ClaimedRun | null> {
    const [claimed] = await this.system.call<ClaimedRun>(sql`
      select org_id, id, fence
      from claim_mirror_run(make_interval(secs => ${RUN_LEASE_SECONDS}), ${RUNS_PER_ORGANIZATION})`);
    return claimed ?? null;
  }

  /** Whether some run waits for a place. */
  async isAnyDue(): Promise<boolean> {
    const [due] = await this.system.call<{ runs: number }>(sql`select count_due_mirror_runs(1) as runs`);
    return (due?.runs ?? 0) > 0;
  }

  /**
   * Says that this process is still at the run.
   *
   * @param pages read so far: a run that gets on has lost nothing by its crashes
   * @returns whether somebody wants it cancelled; null when it is this process's no more
   */
  async renew(ctx: Ctx, { id, fence }: ClaimedRun, pages: number): Promise<{ readonly cancelled: boolean } | null> {
    const row = await this.db.write(ctx, (tx) =>
      tx.row<{ cancelled: boolean }>(sql`
        update mirror_run
        set lease_until = clock_timestamp() + make_interval(secs => ${RUN_LEASE_SECONDS}),
            crashes = case when ${pages} > pages then 0 else crashes end, pages = greatest(pages, ${pages})
        where org_id = ${ctx.orgId} and id = ${id} and fence = ${fence} and state = 'running'
        returning cancel_requested as cancelled`),
    );
    return row ?? null;
  }
}
