import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { findDestination, type DestinationRow } from './destination-row';

@Injectable()
export class GetDestination {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError audit_destination_not_found */
  run(ctx: Ctx, id: string): Promise<DestinationRow> {
    return this.db.read(ctx, (tx) => findDestination(tx, id));
  }
}
