import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { v7 as uuidv7 } from 'uuid';
import { SigningKeys } from '../chain/signing-keys';
import { Places } from '../places';
import { recordAudit } from '../record-audit';
import { findDestination } from './destination-row';
import { DestinationSender, type Addressee } from './destination-sender';
import { ENCODINGS } from './formats/encodings';
import type { TestEntry } from './formats/entry';

const RETRY_AFTER_SECONDS = 10;

export interface TestOutcome {
  /** True when the destination took the entry. */
  readonly ok: boolean;
  /** HTTP status; null when there was no answer. */
  readonly response_code: number | null;
  readonly message: string;
}

/** Sends one entry that is marked as a test, now, also to a destination that is paused. Deliveries do not notice. */
@Injectable()
export class SendTestEntry {
  private readonly places = new Places({
    what: 'tests',
    ofOrganization: 1,
    ofProcess: 5,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

  constructor(
    private readonly db: OrgDb,
    private readonly keys: SigningKeys,
    private readonly sender: DestinationSender,
  ) {}

  /** @throws AppError audit_destination_not_found, encryption_not_configured; rate_limited while too many are under way */
  async execute(ctx: Ctx, id: string): Promise<TestOutcome> {
    const { name, addressee, now } = await this.db.read(ctx, async (tx) => {
      const destination = await findDestination(tx, id);
      const row = await tx.row<{ sealed: string | null; now: string }>(sql`
        select authorization_sealed as sealed, rfc3339(clock_timestamp()) as now from audit_destination
        where org_id = ${ctx.orgId} and id = ${destination.id}`);
      if (!row) throw new Error('the destination is gone');
      const to: Addressee = { ...destination, authorization_sealed: row.sealed };
      return { name: destination.name, addressee: to, now: row.now };
    });
    const end = this.places.take(ctx.orgId);
    try {
      return await this.send(ctx, name, addressee, now);
    } finally {
      end();
    }
  }

  private async send(ctx: Ctx, name: string, addressee: Addressee, now: string): Promise<TestOutcome> {
    const signer = await this.keys.signer();
    const entry: TestEntry = { type: 'test', orgId: ctx.orgId, id: uuidv7(), createdAt: now };
    const lines = [ENCODINGS[addressee.format].encode(entry, signer)];
    const { ok, code, message } = await this.sender.send(addressee, { orgId: ctx.orgId, lines, replayId: null });
    await this.db.write(ctx, (tx) =>
      recordAudit(tx, {
        action: 'audit_destination.test',
        result: ok ? 'success' : 'failure',
        ...(ok ? {} : { reason: message }),
        targetId: addressee.id,
        targetName: name,
        after: { response_code: code },
      }),
    );
    return { ok, response_code: code, message };
  }
}
