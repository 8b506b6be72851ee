import { Injectable, Logger } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { v5 as uuidv5 } from 'uuid';

/** The id that a subject has from its first request on, whether or not it was written down by then. */
export function subjectIdOf(issuerId: string, subject: string): string {
  return uuidv5(subject, issuerId);
}

/** Writes down a subject of an issuer when it is first seen, so that it can hold roles of its own. */
@Injectable()
export class AddSubject {
  private readonly logger = new Logger(AddSubject.name);

  constructor(private readonly db: OrgDb) {}

  // A database that only reads must not turn a good credential away.
  async execute(ctx: Ctx, issuerId: string, subject: string): Promise<void> {
    try {
      await this.db.write(ctx, (tx) =>
        tx.run(sql`
          insert into issuer_subject (org_id, id, issuer_id, subject)
          values (${ctx.orgId}, ${subjectIdOf(issuerId, subject)}, ${issuerId}, ${subject}) on conflict do nothing`),
      );
    } catch (error) {
      this.logger.warn(`subject not recorded: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
