import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, statements } from './support';

/**
 * Leaves one index only that can lead to a version or to a claimed URL by its key. A connection keeps its plan of a
 * publication; made while a table was nearly empty, where all indexes cost the same, it could follow one that tells
 * nothing but the registry, and go on reading all of it once the registry had grown.
 */
export class LoneIndexes1764300000022 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      // The column is never null. Said here, it keeps an index from questions that do not compare the column.
      `drop index server_version_updated_idx`,
      `create index server_version_updated_idx on server_version (registry_id, updated_at) where updated_at is not null`,
      `drop index remote_url_claim_name_idx`,
      `create index remote_url_claim_name_idx on remote_url_claim (registry_id, name) where name is not null`,
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
