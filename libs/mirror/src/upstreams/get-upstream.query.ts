import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { findUpstream, type UpstreamRow } from './upstream-row';

@Injectable()
export class GetUpstream {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError upstream_not_found */
  run(ctx: Ctx, id: string): Promise<UpstreamRow> {
    return this.db.read(ctx, (tx) => findUpstream(tx, id));
  }
}
