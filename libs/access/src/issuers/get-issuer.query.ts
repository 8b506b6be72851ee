import { Injectable } from '@nestjs/common';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { findIssuer, type IssuerRow } from './issuer-row';

@Injectable()
export class GetIssuer {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError issuer_not_found */
  run(ctx: Ctx, id: string): Promise<IssuerRow> {
    return this.db.read(ctx, (tx) => findIssuer(tx, id));
  }
}
