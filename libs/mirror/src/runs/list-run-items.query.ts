import { Injectable } from '@nestjs/common';
import { constant, filterSql, OrgDb, sql } from '@portolan/db';
import type { Ctx, Filter } from '@portolan/kernel';
import { findMirror } from '../mirrors/mirror-row';
import { decodePosition, encodePosition } from './run-item-position';
import { RUN_ITEM_COLUMNS, type RunItemRow } from './run-item-row';
import { findRun } from './run-row';

export interface RunItemsRequest {
  /** Of RUN_ITEM_FIELDS. */
  readonly filters: readonly Filter[];
  readonly pageSize: number;
  /** What `next` of an earlier page was, with the same filters; null for the first ones. */
  readonly after: string | null;
}

export interface RunItemsPage {
  readonly rows: readonly RunItemRow[];
  /** Position after the last row, null when nothing follows. */
  readonly next: string | null;
}

/** What became of each version in a run, by name and version; never counted. */
@Injectable()
export class ListRunItems {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError mirror_not_found, mirror_run_not_found, invalid_parameters for a position of another list */
  run(
    ctx: Ctx,
    registryId: string,
    mirrorId: string,
    runId: string,
    { filters, pageSize, after }: RunItemsRequest,
  ): Promise<RunItemsPage> {
    return this.db.read(ctx, async (tx) => {
      const mirror = await findMirror(tx, registryId, mirrorId);
      const { id } = await findRun(tx, mirror.id, runId);
      const before = after === null ? null : decodePosition(after, id, filters);
      const found = await tx.rows<RunItemRow>(sql`
        select ${RUN_ITEM_COLUMNS} from mirror_run_item
        where org_id = ${ctx.orgId} and run_id = ${id}${filterSql(filters)}
          ${before === null ? constant('') : sql`and (name, version) > (${before.name}, ${before.version})`}
        order by name, version limit ${pageSize + 1}`);
      const rows = found.slice(0, pageSize);
      const last = rows.at(-1);
      return { rows, next: last && found.length > rows.length ? encodePosition(last, id, filters) : null };
    });
  }
}
