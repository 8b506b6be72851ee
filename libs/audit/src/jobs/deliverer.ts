import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { AppError } from '@portolan/kernel';
import { Repeat } from '@portolan/queue/jobs';
import { SigningKeys, type Signer } from '../chain/signing-keys';
import { ClaimDelivery, type ClaimedDelivery, type Lane } from '../destinations/claim-delivery.service';
import { DeliverBatch } from '../destinations/deliver-batch.service';

const PAUSE_MS = 500;
const LANES: readonly Lane[] = ['proven', 'unproven'];
/** Of each lane: batches under way in this process, each of another organization. */
const PARALLEL_MAX = 32;

/**
 * Sends what was sealed to where organizations want it. Batches of organizations are under way side by side, one of each,
 * so slow destinations hold up only those of the same organization; those that fail have places of their own.
 */
@Injectable()
export class Deliverer implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly logger = new Logger(Deliverer.name);
  private readonly repeat = new Repeat('audit delivery', PAUSE_MS, (isStopped) => this.fillAll(isStopped));
  private readonly underWay: Readonly<Record<Lane, Set<ClaimedDelivery>>> = { proven: new Set(), unproven: new Set() };
  private filling: Promise<void> = Promise.resolve();
  private isEnding = false;

  constructor(
    private readonly keys: SigningKeys,
    private readonly claimDelivery: ClaimDelivery,
    private readonly deliverBatch: DeliverBatch,
  ) {}

  onApplicationBootstrap(): void {
    this.repeat.start();
  }

  /** A batch that is under way is not waited for: it was delivered, or will be again. */
  onApplicationShutdown(): Promise<void> {
    this.isEnding = true;
    return this.repeat.stop();
  }

  private async fillAll(isStopped: () => boolean): Promise<void> {
    const signer = await this.signer();
    if (signer === null) return;
    for (const lane of LANES) if (!isStopped()) await this.fill(lane, signer);
  }

  /** Starts batches until all places are taken or nothing more is due; one filler at a time. */
  private fill(lane: Lane, signer: Signer): Promise<void> {
    this.filling = this.filling
      .then(async () => {
        while (!this.isEnding && this.underWay[lane].size < PARALLEL_MAX) {
          const claimed = await this.claimDelivery.execute(lane, this.served(lane));
          if (claimed === null) return;
          void this.deliver(lane, claimed, signer);
        }
      })
      .catch((error: unknown) => {
        this.logger.error(`audit delivery: ${textOf(error)}`);
      });
    return this.filling;
  }

  private async deliver(lane: Lane, claimed: ClaimedDelivery, signer: Signer): Promise<void> {
    this.underWay[lane].add(claimed);
    let moved = false;
    try {
      moved = await this.deliverBatch.execute(claimed, signer);
    } catch (error) {
      // Its claim runs out, and somebody tries again.
      if (!this.isEnding) this.logger.error(`audit delivery ${claimed.id} of ${claimed.org_id}: ${textOf(error)}`);
    } finally {
      this.underWay[lane].delete(claimed);
    }
    // There may be more, and it is proven now.
    if (moved) await this.fill('proven', signer);
  }

  private served(lane: Lane): string[] {
    return [...this.underWay[lane]].map(({ org_id: orgId }) => orgId);
  }

  private async signer(): Promise<Signer | null> {
    try {
      return await this.keys.signer();
    } catch (error) {
      // The sealer has told it.
      if (error instanceof AppError && error.code === 'encryption_not_configured') return null;
      throw error;
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
