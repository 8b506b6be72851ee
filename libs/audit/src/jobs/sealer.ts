import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import { AppError } from '@portolan/kernel';
import { Repeat } from '@portolan/queue/jobs';
import { CHECKPOINT_SECONDS, SealRows } from '../chain/seal-rows.service';
import { SigningKeys, type Signer } from '../chain/signing-keys';

const PAUSE_MS = 500;
const ORGANIZATIONS = 100;
const ROWS = 500;
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/** Seals what waits, one batch of each organization after the other, so that none waits for a busy one. */
@Injectable()
export class Sealer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Sealer.name);
  private readonly repeat = new Repeat('audit sealing', PAUSE_MS, (isStopped) => this.sealAll(isStopped));
  /** Organizations whose chain has grown since its last checkpoint, and when the next is due. */
  private readonly dueAtMs = new Map<string, number>();
  private isToldMissing = false;

  constructor(
    private readonly system: SystemDb,
    private readonly keys: SigningKeys,
    private readonly sealRows: SealRows,
  ) {}

  onApplicationBootstrap(): void {
    this.repeat.start();
  }

  onApplicationShutdown(): Promise<void> {
    return this.repeat.stop();
  }

  private async sealAll(isStopped: () => boolean): Promise<void> {
    const signer = await this.signer();
    if (signer === null) return;
    for (const orgId of this.due()) if (!isStopped()) await this.seal(orgId, signer);
    while (!isStopped() && (await this.round(isStopped, signer)));
  }

  /**
   * One batch of every organization that has rows waiting; true when one of them left some. What has come meanwhile waits
   * for the next pause: sealed as it comes, each batch would be of a few rows and cost as much as one of hundreds.
   */
  private async round(isStopped: () => boolean, signer: Signer): Promise<boolean> {
    let more = false;
    for (let after: string | undefined = BEFORE_ALL; after !== undefined && !isStopped();) {
      const waiting: { org_id: string }[] = await this.system.call<{ org_id: string }>(
        sql`select org_id from audit_organizations_waiting(${after}, ${ORGANIZATIONS})`,
      );
      for (const { org_id: orgId } of waiting) if (!isStopped() && (await this.seal(orgId, signer))) more = true;
      after = waiting.at(-1)?.org_id;
    }
    return more;
  }

  private async seal(orgId: string, signer: Signer): Promise<boolean> {
    this.dueAtMs.delete(orgId);
    try {
      const { more, isCheckpointDue } = await this.sealRows.execute(orgId, signer, ROWS);
      if (isCheckpointDue) this.dueAtMs.set(orgId, Date.now() + CHECKPOINT_SECONDS * 1_000);
      return more;
    } catch (error) {
      // One organization's trouble is not the others'.
      this.logger.error(`audit sealing of ${orgId}: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  private due(): string[] {
    return [...this.dueAtMs].filter(([, at]) => at <= Date.now()).map(([orgId]) => orgId);
  }

  private async signer(): Promise<Signer | null> {
    try {
      return await this.keys.signer();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'encryption_not_configured') throw error;
      if (!this.isToldMissing) this.logger.warn('SECRETS_KEY is missing: the audit trail is neither sealed nor sent');
      this.isToldMissing = true;
      return null;
    }
  }
}
