import { Injectable } from '@nestjs/common';
import { constant, OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { VERSION_COLUMNS, type StoredVersion } from './version-row';

const LATEST = 'latest';

@Injectable()
export class GetVersion {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param version a version, or `latest`
   * @throws AppError server_not_found, also for a deleted version unless it was asked for
   */
  async run(
    ctx: Ctx,
    registryId: string,
    name: string,
    version: string,
    includeDeleted: boolean,
  ): Promise<StoredVersion> {
    const which = version === LATEST ? constant('is_latest') : sql`version = ${version}`;
    const visible = includeDeleted ? constant('') : constant("and status <> 'deleted'");
    const [row] = await this.db.readRows<StoredVersion>(
      ctx,
      sql`
        select ${VERSION_COLUMNS} from version_document
        where registry_id = ${registryId} and name = ${name} and ${which} ${visible}`,
      { keepPlan: true },
    );
    if (!row) throw new AppError('server_not_found');
    return row;
  }
}
