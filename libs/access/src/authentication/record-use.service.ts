import { Injectable, Logger } from '@nestjs/common';
import { constant, OrgDb, sql } from '@portolan/db';
import { systemCtx } from '@portolan/kernel';

/** Tables of credentials, and the column that says when one was last used. */
const COLUMNS = {
  access_token: 'last_used_at',
  user_session: 'last_seen_at',
  capability_url: 'last_used_at',
} as const;

/** Writes down when a credential was last used, at most once a minute. */
@Injectable()
export class RecordUse {
  private readonly logger = new Logger(RecordUse.name);

  constructor(private readonly db: OrgDb) {}

  // A database that only reads must not turn a good credential away.
  async execute(table: keyof typeof COLUMNS, orgId: string, id: string, requestId: string): Promise<void> {
    const column = constant(COLUMNS[table]);
    try {
      await this.db.write(systemCtx(orgId, 'authentication', requestId), (tx) =>
        tx.run(sql`
          update ${constant(table)} set ${column} = now()
          where org_id = ${orgId} and id = ${id} and (${column} is null or ${column} < now() - interval '1 minute')`),
      );
    } catch (error) {
      this.logger.warn(`last use not recorded: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}
