import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { findMirror, waitBriefly } from '../mirrors/mirror-row';
import { requestRun } from './request-run';
import { requireEnabled } from './require-enabled';
import type { RunMode, RunRow } from './run-row';

export interface NewRun {
  readonly mode: RunMode;
  /** True: it tells what it would do, and does nothing. */
  readonly dryRun: boolean;
}

/** Asks for a run of a mirror, by a crawl that begins from now on. */
@Injectable()
export class CreateRun {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError mirror_not_found, mirror_disabled, upstream_disabled, mirror_run_active */
  async execute(ctx: Ctx, registryId: string, mirrorId: string, { mode, dryRun }: NewRun): Promise<RunRow> {
    try {
      return await this.db.write(ctx, async (tx) => {
        await waitBriefly(tx);
        const mirror = await findMirror(tx, registryId, mirrorId);
        await requireEnabled(tx, mirror, dryRun);
        const row = await requestRun(tx, { mirrorId: mirror.id, mode, dryRun, trigger: 'request', freshFrom: null });
        if (row === null) throw new AppError('mirror_run_active');
        await recordAudit(tx, {
          action: 'mirror.run.create',
          targetId: row.id,
          parent: { type: 'mirror', id: mirror.id },
          registryId,
          after: { mode: row.mode, dry_run: row.dry_run },
        });
        return row;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'mirror_run_mirror_fk') throw new AppError('mirror_not_found');
      throw error;
    }
  }
}
