import { Injectable } from '@nestjs/common';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { systemCtx } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import { intervalMsOf, nextRunAt, parseSchedule } from '../mirrors/schedule';
import { requestRun } from './request-run';

/** Of its interval: what another organization's run has read since then is fresh enough. */
const FRESH_SHARE = 0.9;
const FRESH_MAX_MS = 54 * 60_000;
const DRY_RUN_SECONDS = 10;

/** Asks for the run that a mirror's schedule says is due, and sets when the next one is. */
@Injectable()
export class ScheduleRun {
  constructor(private readonly db: OrgDb) {}

  /** @returns false when somebody is changing the mirror, or it is not due any more */
  execute(orgId: string, mirrorId: string): Promise<boolean> {
    return this.db.write(systemCtx(orgId, 'mirror', newRequestId()), async (tx) => {
      const mirror = await tx.row<{ schedule: string; upstream_enabled: boolean }>(sql`
        select m.schedule, u.enabled as upstream_enabled
        from mirror m join upstream u on u.org_id = m.org_id and u.id = m.upstream_id
        where m.org_id = ${orgId} and m.id = ${mirrorId} and m.enabled and m.next_run_at <= clock_timestamp()
        for no key update of m skip locked`);
      if (!mirror) return false;
      const schedule = parseSchedule(mirror.schedule);
      const now = new Date();
      await tx.run(sql`
        update mirror set next_run_at = ${nextRunAt(schedule, now, Math.random).toISOString()}::timestamptz
        where org_id = ${orgId} and id = ${mirrorId}`);
      if (!mirror.upstream_enabled) return true;
      const freshMs = Math.min(intervalMsOf(schedule, now) * FRESH_SHARE, FRESH_MAX_MS);
      const run = await requestRun(tx, {
        mirrorId,
        mode: 'incremental',
        dryRun: false,
        trigger: 'schedule',
        freshFrom: new Date(now.getTime() - freshMs).toISOString(),
      });
      if (run === null) await waitForDryRun(tx, mirrorId);
      return true;
    });
  }
}

/** A dry run takes the place of another one, and brings nothing: the mirror is due again right after it. */
async function waitForDryRun(tx: Tx, mirrorId: string): Promise<void> {
  await tx.run(sql`
    update mirror m set next_run_at = clock_timestamp() + make_interval(secs => ${DRY_RUN_SECONDS})
    where m.org_id = ${tx.ctx.orgId} and m.id = ${mirrorId}
      and exists (select from mirror_run r
                  where r.org_id = m.org_id and r.mirror_id = m.id and r.dry_run and r.state in ('waiting', 'running'))`);
}
