import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql } from '@portolan/db';
import type { Access } from '@portolan/access';
import { AppError, type Ctx } from '@portolan/kernel';
import {
  auditedMirror,
  findMirror,
  recompareOthers,
  waitBriefly,
  type MirrorRow,
  type MirrorSettings,
} from './mirror-row';
import { nextRunAt, parseSchedule } from './schedule';

/** Absent means unchanged. */
export type MirrorChange = Partial<MirrorSettings>;

/** What decides which versions the registry takes: after a change of these everything is compared once more. */
const DECIDING = [
  'include',
  'exclude',
  'registry_types',
  'transports',
  'latest_only',
  'statuses',
  'on_conflict',
  'position',
] as const satisfies readonly (keyof MirrorSettings)[];

/** Changes, disables or enables a mirror. A run that is under way ends by what it began with, unless it applies later. */
@Injectable()
export class UpdateMirror {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param access of the caller: whoever lets more of an upstream in must be allowed to use it
   * @throws AppError mirror_not_found, forbidden
   */
  execute(ctx: Ctx, access: Access, registryId: string, id: string, change: MirrorChange): Promise<MirrorRow> {
    return this.db.write(ctx, async (tx) => {
      await waitBriefly(tx);
      const before = await findMirror(tx, registryId, id, 'change');
      const next: MirrorSettings = { ...before, ...change };
      if (widens(before, next) && !access.can('upstream:read', null))
        throw new AppError('forbidden', { permission: 'upstream:read' });
      const isOther = DECIDING.some((field) => !isDeepStrictEqual(next[field], before[field]));
      await tx.run(sql`
        update mirror
        set schedule = ${next.schedule}, include = ${next.include}, exclude = ${next.exclude},
            registry_types = ${next.registry_types}, transports = ${next.transports},
            latest_only = ${next.latest_only}, statuses = ${next.statuses},
            max_removed_percent = ${next.max_removed_percent}, on_conflict = ${next.on_conflict},
            enabled = ${next.enabled}, position = ${next.position},
            applied_crawl = case when not ${isOther} then applied_crawl end,
            refused_crawl = case when not ${isOther} then refused_crawl end,
            next_run_at = ${nextRun(before, next, isOther)}::timestamptz, updated_at = clock_timestamp()
        where org_id = ${ctx.orgId} and id = ${before.id}`);
      if (next.position !== before.position) await recompareOthers(tx, registryId, before.id);
      const after = await findMirror(tx, registryId, before.id);
      await recordAudit(tx, {
        action: 'mirror.update',
        targetId: after.id,
        targetName: after.upstream_name,
        registryId,
        before: auditedMirror(before),
        after: auditedMirror(after),
      });
      return after;
    });
  }
}

/** Whether the mirror may take what it did not take before. To shut out something more is never refused. */
function widens(before: MirrorSettings, next: MirrorSettings): boolean {
  const isTaken = ['include', 'registry_types', 'transports', 'latest_only', 'statuses'] as const;
  return (
    isTaken.some((field) => !isDeepStrictEqual(next[field], before[field])) ||
    before.exclude.some((glob) => !next.exclude.includes(glob)) ||
    (next.enabled && !before.enabled)
  );
}

/** RFC 3339; null while it is disabled. */
function nextRun(before: MirrorRow, next: MirrorSettings, isOther: boolean): string | null {
  if (!next.enabled) return null;
  const now = new Date();
  if (isOther || !before.enabled) return now.toISOString();
  if (next.schedule === before.schedule) return before.next_run_at;
  return nextRunAt(parseSchedule(next.schedule), now, Math.random).toISOString();
}
