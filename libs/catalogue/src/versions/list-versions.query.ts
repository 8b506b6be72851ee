import { Injectable } from '@nestjs/common';
import { constant, OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { VERSION_COLUMNS, type StoredVersion } from './version-row';

/** All versions of one server, newest publication first. */
@Injectable()
export class ListVersions {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError server_not_found when no version is visible */
  async run(ctx: Ctx, registryId: string, name: string, includeDeleted: boolean): Promise<StoredVersion[]> {
    const visible = includeDeleted ? constant('') : constant("and status <> 'deleted'");
    const rows = await this.db.read(ctx, (tx) =>
      tx.rows<StoredVersion>(sql`
        select ${VERSION_COLUMNS} from version_document
        where registry_id = ${registryId} and name = ${name} ${visible}
        order by version_document.published_at desc, version desc`),
    );
    if (rows.length === 0) throw new AppError('server_not_found');
    return rows;
  }
}
