import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { findMirror, type MirrorRow } from './mirror-row';

@Injectable()
export class GetMirror {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError mirror_not_found */
  run(ctx: Ctx, registryId: string, id: string): Promise<MirrorRow> {
    return this.db.read(ctx, (tx) => findMirror(tx, registryId, id));
  }
}
