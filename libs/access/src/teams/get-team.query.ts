import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { findTeam, type TeamRow } from './team-row';

@Injectable()
export class GetTeam {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError team_not_found */
  run(ctx: Ctx, id: string): Promise<TeamRow> {
    return this.db.read(ctx, (tx) => findTeam(tx, id));
  }
}
