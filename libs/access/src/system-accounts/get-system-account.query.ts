import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { findSystemAccount, type SystemAccountRow } from './system-account-row';

@Injectable()
export class GetSystemAccount {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError system_account_not_found */
  run(ctx: Ctx, id: string): Promise<SystemAccountRow> {
    return this.db.read(ctx, (tx) => findSystemAccount(tx, id));
  }
}
