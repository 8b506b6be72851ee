import { Injectable } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';

/** Deletes documents (SHA-256, hex) that no version of any organization points at. */
@Injectable()
export class SweepDocuments {
  constructor(private readonly db: SystemDb) {}

  async execute(hashes: readonly string[]): Promise<number> {
    const [row] = await this.db.call<{ swept: number }>(
      sql`select sweep_documents(array(select decode(hash, 'hex') from unnest(${hashes}::text[]) hash)) as swept`,
    );
    return row?.swept ?? 0;
  }
}
