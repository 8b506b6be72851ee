import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { findMirror } from '../mirrors/mirror-row';
import { findRun, type RunRow } from './run-row';

@Injectable()
export class GetRun {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError mirror_not_found, mirror_run_not_found */
  run(ctx: Ctx, registryId: string, mirrorId: string, id: string): Promise<RunRow> {
    return this.db.read(ctx, async (tx) => {
      const mirror = await findMirror(tx, registryId, mirrorId);
      return findRun(tx, mirror.id, id);
    });
  }
}
