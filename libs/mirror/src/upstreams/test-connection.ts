import { Injectable } from '@nestjs/common';
import { Places, recordAudit } from '@portolan/audit';
import { OrgDb } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { UpstreamClient } from '../sources/upstream-client';
import { UpstreamFault } from '../sources/upstream-fault';
import type { UpstreamTarget } from '../sources/upstream-target';
import { checkConnection, reportOfUnreadable } from './check-connection';
import type { ConnectionReport } from './connection-checks';

const RETRY_AFTER_SECONDS = 30;

export interface TestedUpstream {
  /** Null for one that is not stored. */
  readonly id: string | null;
  readonly name: string;
  readonly url: string;
  readonly verify_tls: boolean;
  readonly header_names: readonly string[];
}

/** Tests the connection to an upstream and writes down who did. */
@Injectable()
export class TestConnection {
  private readonly places = new Places({
    what: 'tests of upstreams',
    ofOrganization: 2,
    ofProcess: 5,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });

  constructor(
    private readonly db: OrgDb,
    private readonly client: UpstreamClient,
  ) {}

  /**
   * @param target throws credentials_unreadable where it cannot be had
   * @throws AppError rate_limited while too many are under way
   */
  async run(ctx: Ctx, upstream: TestedUpstream, target: () => UpstreamTarget): Promise<ConnectionReport> {
    const end = this.places.take(ctx.orgId);
    try {
      const report = await this.check(target);
      await this.note(ctx, upstream, report);
      return report;
    } finally {
      end();
    }
  }

  private async check(target: () => UpstreamTarget): Promise<ConnectionReport> {
    try {
      return await checkConnection(this.client, target());
    } catch (error) {
      if (error instanceof UpstreamFault) return reportOfUnreadable(error);
      throw error;
    }
  }

  private async note(
    ctx: Ctx,
    { id, name, ...asked }: TestedUpstream,
    { ok, checks }: ConnectionReport,
  ): Promise<void> {
    const failed = checks.filter(({ status }) => status === 'failed').map((check) => check.name);
    await this.db.write(ctx, (tx) =>
      recordAudit(tx, {
        action: 'upstream.test',
        result: ok ? 'success' : 'failure',
        ...(ok ? {} : { reason: `Checks failed: ${failed.join(', ')}` }),
        ...(id === null ? {} : { targetId: id }),
        targetName: name,
        after: { ...asked, failed_checks: failed },
      }),
    );
  }
}
