import { Injectable } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import { Metrics } from '@portolan/telemetry';

/** How long the oldest row of the trail has waited for its place in the chain. */
@Injectable()
export class SealingLag {
  constructor(
    private readonly system: SystemDb,
    metrics: Metrics,
  ) {
    metrics.gauge(
      'portolan_audit_sealing_lag_seconds',
      'Age of the oldest audit row that is not in its chain yet; 0 when none waits',
      () => this.seconds(),
    );
  }

  private async seconds(): Promise<number> {
    const [row] = await this.system.call<{ seconds: number }>(
      sql`select greatest(coalesce(extract(epoch from clock_timestamp() - audit_unsealed_since()), 0), 0)::float8 as seconds`,
    );
    return row?.seconds ?? 0;
  }
}
