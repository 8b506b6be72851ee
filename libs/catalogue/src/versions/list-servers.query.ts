import { Injectable } from '@nestjs/common';
import { constant, containsPattern, OrgDb, sql, type SqlFragment } from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { encodeCursor, type Cursor, type ListFilters } from './cursor';
import { VERSION_COLUMNS, type StoredVersion } from './version-row';

const NAME_LENGTH_MAX = 200;

export interface ServersPage {
  readonly rows: readonly StoredVersion[];
  /** Null when nothing follows. */
  readonly nextCursor: string | null;
}

export interface ServersRequest {
  readonly registryId: string;
  /** 1 to 100. */
  readonly limit: number;
  readonly filters: ListFilters;
  readonly after: Pick<Cursor, 'name' | 'version'> | null;
}

/** The versions of a registry in byte order of name and version, a page of them. */
@Injectable()
export class ListServers {
  constructor(private readonly db: OrgDb) {}

  async run(ctx: Ctx, request: ServersRequest): Promise<ServersPage> {
    const { registryId, limit, filters } = request;
    // No name is longer, so nothing can hold the text.
    if (filters.search !== null && filters.search.length > NAME_LENGTH_MAX) return { rows: [], nextCursor: null };
    // Only these two filters are better served by another index and a sort of what little it finds.
    const inIndexOrder = filters.search === null && filters.updatedSince === null;
    const rows = await this.db.read(ctx, (tx) => tx.rows<StoredVersion>(listServersSql(request)), { inIndexOrder });
    const page = rows.slice(0, limit);
    const last = rows.length > limit ? page.at(-1) : undefined;
    return {
      rows: page,
      nextCursor: last ? encodeCursor(registryId, { name: last.name, version: last.version, filters }) : null,
    };
  }
}

/**
 * One row more than the page holds, to know whether another follows. A name has one latest version, so a list of those
 * goes by name alone.
 */
export function listServersSql({ registryId, limit, filters, after }: ServersRequest): SqlFragment {
  const latest = filters.version === 'latest';
  const version = latest ? null : filters.version;
  const withDeleted = filters.includeDeleted === true || filters.updatedSince !== null;
  if (filters.search !== null)
    return sql`
      select ${VERSION_COLUMNS} from search_versions(
        ${registryId}, ${containsPattern(filters.search.toLowerCase())}, ${after?.name ?? null},
        ${after?.version ?? null}, ${version}, ${latest}, ${filters.updatedSince}::timestamptz, ${withDeleted},
        ${limit + 1})`;
  const conditions = [
    sql`registry_id = ${registryId}`,
    ...(after ? [latest ? sql`name > ${after.name}` : sql`(name, version) > (${after.name}, ${after.version})`] : []),
    ...(latest ? [constant('is_latest')] : []),
    ...(version === null ? [] : [sql`version = ${version}`]),
    ...(filters.updatedSince === null ? [] : [sql`version_document.updated_at > ${filters.updatedSince}::timestamptz`]),
    ...(withDeleted ? [] : [constant("status <> 'deleted'")]),
  ];
  return sql`
    select ${VERSION_COLUMNS} from version_document
    where ${conditions.reduce((all, one) => sql`${all} and ${one}`)}
    order by ${constant(latest ? 'name' : 'name, version')} limit ${limit + 1}`;
}
