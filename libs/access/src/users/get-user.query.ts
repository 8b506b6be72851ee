import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { findUser, ownUserId, type UserRow } from './user-row';

@Injectable()
export class GetUser {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError user_not_found */
  run(ctx: Ctx, id: string): Promise<UserRow> {
    return this.db.read(ctx, (tx) => findUser(tx, id));
  }

  /**
   * The user who asks.
   *
   * @throws AppError forbidden for a principal that is no user
   */
  async self(ctx: Ctx): Promise<UserRow> {
    return this.run(ctx, ownUserId(ctx));
  }
}
