import { Injectable } from '@nestjs/common';
import { Changes } from './changes';
import { sql } from './sql';
import { SystemDb } from './system-db';

/** Whether the database answers. As a rule the line of changes knows: a probe does not stand in the queue of requests. */
@Injectable()
export class DatabaseHealth {
  constructor(
    private readonly changes: Changes,
    private readonly db: SystemDb,
  ) {}

  /** @throws AppError database_unavailable, database_busy */
  async check(): Promise<void> {
    if (!this.changes.isHeard()) await this.db.call(sql`select 1`);
  }
}
