import { Injectable, Logger } from '@nestjs/common';
import { recordAudit, type AuditEvent } from '@portolan/audit';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';

/** Writes down an attempt that was refused, in the organization whose credential was shown. */
@Injectable()
export class RecordDenial {
  private readonly logger = new Logger(RecordDenial.name);

  constructor(private readonly db: OrgDb) {}

  async execute(ctx: Ctx, event: AuditEvent): Promise<void> {
    try {
      await this.db.write(ctx, (tx) => recordAudit(tx, { ...event, result: 'denied' }));
    } catch (error) {
      // The caller is refused either way; a refusal that cannot be written down must not become an answer of its own.
      this.logger.error(
        `denial not recorded (${ctx.requestId}): ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}
