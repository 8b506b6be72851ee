import { Injectable } from '@nestjs/common';
import type { Ctx } from '@portolan/kernel';
import type { ConnectionReport } from './connection-checks';
import type { NewUpstream } from './create-upstream.service';
import { TestConnection } from './test-connection';
import { headerNamesOf } from './upstream-target-of';

/** Tests the connection to an upstream that nobody has stored, and stores nothing of it. */
@Injectable()
export class TestNewUpstream {
  constructor(private readonly testConnection: TestConnection) {}

  /** @throws AppError rate_limited while too many are under way */
  execute(ctx: Ctx, { name, url, verify_tls, headers }: NewUpstream): Promise<ConnectionReport> {
    return this.testConnection.run(
      ctx,
      { id: null, name, url, verify_tls, header_names: headerNamesOf(headers) },
      () => ({
        url,
        verifyTls: verify_tls,
        headers: headers ?? {},
      }),
    );
  }
}
