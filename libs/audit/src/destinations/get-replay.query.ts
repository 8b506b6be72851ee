import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { findDestination } from './destination-row';
import { findReplay, type ReplayRow } from './replay-row';

@Injectable()
export class GetReplay {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError audit_destination_not_found, audit_replay_not_found */
  run(ctx: Ctx, destinationId: string, id: string): Promise<ReplayRow> {
    return this.db.read(ctx, async (tx) => findReplay(tx, (await findDestination(tx, destinationId)).id, id));
  }
}
