import { Injectable, Logger } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { OrgDb, sql, SystemDb } from '@portolan/db';
import { matchesHash, readSecret } from '../../tokens/secret';
import { contextFor, type Visitor } from '../visitor';

interface PresentedSession {
  readonly org_id: string;
  readonly session_id: string;
  readonly hash: Buffer;
  readonly user_id: string;
  readonly email: string;
}

/** Ends the session that a browser held before it signed in anew, in whatever organization that was. */
@Injectable()
export class ReplaceSession {
  private readonly logger = new Logger(ReplaceSession.name);

  constructor(
    private readonly db: OrgDb,
    private readonly system: SystemDb,
  ) {}

  async execute(visitor: Visitor): Promise<void> {
    try {
      await this.end(visitor);
    } catch (error) {
      // The new session is open already, and whoever holds it must hear so.
      this.logger.warn(`a replaced session was not ended: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  private async end(visitor: Visitor): Promise<void> {
    const { session: text, address } = visitor;
    const secret = text === null ? null : readSecret(text, ['ses']);
    if (text === null || secret === null) return;
    const [found] = await this.system.call<PresentedSession>(
      sql`select org_id, session_id, hash, user_id, email
          from find_user_session(${secret.publicId}, ${address}::inet) where not ended`,
    );
    if (!found || !matchesHash(text, found.hash)) return;
    const { org_id: orgId, session_id: id, user_id: userId, email } = found;
    const ctx = contextFor(visitor, orgId, { type: 'user', id: userId, name: email, tokenId: id });
    await this.db.write(ctx, async (tx) => {
      const ended = await tx.run(sql`
        update user_session set ended_at = now() where org_id = ${orgId} and id = ${id} and ended_at is null`);
      if (ended === 0) return;
      await recordAudit(tx, {
        action: 'session.end',
        targetId: id,
        person: { id: userId, name: email },
        parent: { type: 'user', id: userId },
        after: { user_id: userId, ended: 1 },
      });
    });
  }
}
