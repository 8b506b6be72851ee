import { Injectable } from '@nestjs/common';
import { OrgDb, sql, SystemDb } from '@portolan/db';
import { systemCtx } from '@portolan/kernel';
import { newRequestId } from '@portolan/telemetry';
import { requestRunOfCopy } from './request-run';

/** After a crawl: wakes those who wait for it, and asks for a run of every mirror that does not show what it found. */
@Injectable()
export class SpreadNews {
  constructor(
    private readonly system: SystemDb,
    private readonly db: OrgDb,
  ) {}

  /** Of a mirror whose run is under way nothing more is asked: it looks itself before it ends. */
  async execute(sourceId: string, moved: boolean): Promise<void> {
    await this.system.call(sql`select wake_mirror_runs(${sourceId})`);
    if (!moved) return;
    const behind = await this.system.call<{ org_id: string; id: string }>(
      sql`select org_id, id from list_mirrors_behind(${sourceId})`,
    );
    for (const { org_id: orgId, id } of behind)
      await this.db.write(systemCtx(orgId, 'mirror', newRequestId()), (tx) => requestRunOfCopy(tx, id, 'upstream'));
  }
}
