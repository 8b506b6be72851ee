import { Injectable } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';

/** Tables whose plans go wrong when much was just written to them. */
export type BulkTable = 'crawl_item' | 'source_version' | 'server_version';

/** Brings the planner's statistics up to date after a bulk load. */
@Injectable()
export class Statistics {
  constructor(private readonly system: SystemDb) {}

  async refresh(table: BulkTable, isNeeded: boolean): Promise<void> {
    if (isNeeded) await this.system.call(sql`select analyze_mirrored(${table})`);
  }
}
