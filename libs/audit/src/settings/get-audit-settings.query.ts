import { Injectable } from '@nestjs/common';
import { constant, OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { auditSettingsOf, type AuditSettingsRow } from './audit-settings';

@Injectable()
export class GetAuditSettings {
  constructor(private readonly db: OrgDb) {}

  run(ctx: Ctx): Promise<AuditSettingsRow> {
    return this.db.read(ctx, (tx) => auditSettingsOf(tx, constant('')));
  }
}
