import { Injectable } from '@nestjs/common';
import { filterSql, OrgDb, pageSql, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type Ctx, type ListQuery, type PageMeta } from '@portolan/kernel';
import { requireProvider } from './identity-provider-row';
import { TEAM_MAPPING_COLUMNS, type TeamMappingRow } from './team-mapping-row';

/** The group mappings of one provider, a page of them with the total. */
@Injectable()
export class ListTeamMappings {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError identity_provider_not_found */
  run(ctx: Ctx, providerId: string, query: ListQuery): Promise<{ data: TeamMappingRow[]; meta: PageMeta }> {
    return this.db.read(ctx, async (tx) => {
      const { id } = await requireProvider(tx, providerId);
      const from = sql`
        from team_group_mapping
        where org_id = ${ctx.orgId} and identity_provider_id = ${id}${filterSql(query.filters)}`;
      const data = await tx.rows<TeamMappingRow>(sql`select ${TEAM_MAPPING_COLUMNS} ${from}${pageSql(query, 'id')}`);
      const counted = await tx.row<{ total: number }>(sql`select count(*)::integer as total ${from}`);
      return { data, meta: { page: { number: query.pageNumber, size: query.pageSize, total: counted?.total ?? 0 } } };
    });
  }
}

@Injectable()
export class GetTeamMapping {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError identity_provider_not_found, team_mapping_not_found */
  run(ctx: Ctx, providerId: string, id: string): Promise<TeamMappingRow> {
    return this.db.read(ctx, (tx) => requireTeamMapping(tx, providerId, id));
  }
}

/** @throws AppError identity_provider_not_found, team_mapping_not_found, also for a mapping of another provider */
export async function requireTeamMapping(tx: Tx, providerId: string, id: string): Promise<TeamMappingRow> {
  const provider = await requireProvider(tx, providerId);
  const row = isUuid(id)
    ? await tx.row<TeamMappingRow>(sql`
        select ${TEAM_MAPPING_COLUMNS} from team_group_mapping
        where org_id = ${tx.ctx.orgId} and identity_provider_id = ${provider.id} and id = ${id}`)
    : undefined;
  if (!row) throw new AppError('team_mapping_not_found');
  return row;
}
