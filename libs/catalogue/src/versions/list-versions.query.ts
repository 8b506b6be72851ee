import { Injectable } from '@nestjs/common';
import { boundedPageSql, constant, cutPage, OrgDb, sql, type Found } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { ANSWER_BYTES_MAX, VERSION_BYTES, VERSION_COLUMNS, type StoredVersion } from './version-row';

const BATCH_ROWS = 1_000;
const NEWEST_FIRST = 'published_at desc, version desc';

export interface VersionsBatch {
  readonly rows: readonly StoredVersion[];
  readonly more: boolean;
}

/** All versions of one server, newest publication first, in batches that each fit into memory. */
@Injectable()
export class ListVersions {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param after the last row of the batch before, null for the first batch
   * @throws AppError server_not_found when the first batch is empty
   */
  async run(
    ctx: Ctx,
    server: { readonly registryId: string; readonly name: string; readonly includeDeleted: boolean },
    after: StoredVersion | null,
  ): Promise<VersionsBatch> {
    const { registryId, name, includeDeleted } = server;
    const visible = includeDeleted ? constant('') : constant("and status <> 'deleted'");
    const older = after
      ? sql`and (published_at, version) < (${after.publishedAt}::timestamptz, ${after.version})`
      : constant('');
    const rows = await this.db.readRows<StoredVersion & Found>(
      ctx,
      boundedPageSql({
        columns: VERSION_COLUMNS,
        rows: sql`
          select * from version_document where registry_id = ${registryId} and name = ${name} ${visible} ${older}
          order by ${constant(NEWEST_FIRST)} limit ${BATCH_ROWS + 1}`,
        order: NEWEST_FIRST,
        bytes: VERSION_BYTES,
        bytesMax: ANSWER_BYTES_MAX,
      }),
      { keepPlan: true },
    );
    if (rows.length === 0 && !after) throw new AppError('server_not_found');
    const { page, more } = cutPage(rows, BATCH_ROWS);
    return { rows: page, more };
  }
}
