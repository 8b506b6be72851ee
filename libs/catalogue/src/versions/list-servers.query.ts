import { Injectable } from '@nestjs/common';
import {
  boundedPageSql,
  constant,
  containsPattern,
  cutPage,
  OrgDb,
  sql,
  type Found,
  type SqlFragment,
} from '@portolan/db';
import type { Ctx } from '@portolan/kernel';
import { encodeCursor, type Cursor, type ListFilters } from './cursor';
import { rarePart } from './rare-part';
import { ANSWER_BYTES_MAX, VERSION_BYTES, VERSION_COLUMNS, type StoredVersion } from './version-row';

const NAME_LENGTH_MAX = 200;
/** How many versions a page looks at for those of one number. No index leads to them, so this is what a page may cost. */
const LOOKED_AT_MAX = 100_000;

export interface ServersPage {
  /** Of one version number there may be fewer than the limit, and none, before the end. */
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

  /** @param lookedAtMax how many versions a page looks at for those of one number */
  async run(ctx: Ctx, request: ServersRequest, lookedAtMax = LOOKED_AT_MAX): Promise<ServersPage> {
    const { registryId, limit, filters } = request;
    // No name is longer, so nothing can hold the text.
    if (filters.search !== null && filters.search.length > NAME_LENGTH_MAX) return { rows: [], nextCursor: null };
    const upToName = isExact(filters) ? await this.nameAhead(ctx, request, lookedAtMax) : null;
    // Only these two filters are better served by another index and a sort of what little it finds.
    const inIndexOrder = filters.search === null && (filters.updatedSince === null || isExact(filters));
    const rows = await this.db.readRows<StoredVersion & Found>(ctx, listServersSql(request, upToName), {
      inIndexOrder,
      keepPlan: inIndexOrder,
    });
    const { page, more } = cutPage(rows, limit);
    const last = more ? page.at(-1) : endOf(filters, upToName);
    return {
      rows: page,
      nextCursor: last ? encodeCursor(registryId, { name: last.name, version: last.version, filters }) : null,
    };
  }

  /** @returns null when the page looks at all that follows */
  private async nameAhead(
    ctx: Ctx,
    { registryId, after }: ServersRequest,
    lookedAtMax: number,
  ): Promise<string | null> {
    const [row] = await this.db.readRows<{ name: string | null }>(
      ctx,
      sql`select name_ahead(${registryId}, ${after?.name ?? ''}, ${lookedAtMax}) as name`,
      { inIndexOrder: true, keepPlan: true },
    );
    return row?.name ?? null;
  }
}

function isExact({ version }: ListFilters): boolean {
  return version !== null && version !== 'latest';
}

function endOf({ version }: ListFilters, upToName: string | null): Pick<Cursor, 'name' | 'version'> | null {
  return version === null || upToName === null ? null : { name: upToName, version };
}

/**
 * A page and one row more, cut where it grows too large.
 *
 * @param upToName the last name that it looks at; null is the registry's last
 */
export function listServersSql(request: ServersRequest, upToName: string | null = null): SqlFragment {
  const { search } = request.filters;
  return boundedPageSql({
    columns: VERSION_COLUMNS,
    rows: search === null ? listSql(request, upToName) : searchSql(request, upToName, search),
    order: orderOf(request),
    bytes: VERSION_BYTES,
    bytesMax: ANSWER_BYTES_MAX,
  });
}

// A name has one latest version, and one of each number, so a list of those goes by name alone.
function orderOf({ filters }: ServersRequest): string {
  return filters.version === null ? 'name, version' : 'name';
}

function searchSql(
  { registryId, limit, filters, after }: ServersRequest,
  upToName: string | null,
  search: string,
): SqlFragment {
  const latest = filters.version === 'latest';
  const text = search.toLowerCase();
  return sql`
    select * from search_versions(
      ${registryId}, ${containsPattern(rarePart(text))}, ${text}, ${after?.name ?? null}, ${after?.version ?? null},
      ${upToName}, ${latest ? null : filters.version}, ${latest}, ${filters.updatedSince}::timestamptz, ${withDeleted(filters)},
      ${limit + 1})`;
}

function listSql(request: ServersRequest, upToName: string | null): SqlFragment {
  const { registryId, limit, filters, after } = request;
  const latest = filters.version === 'latest';
  const oneEach = filters.version !== null;
  const conditions = [
    sql`registry_id = ${registryId}`,
    ...(after ? [oneEach ? sql`name > ${after.name}` : sql`(name, version) > (${after.name}, ${after.version})`] : []),
    ...(upToName === null ? [] : [sql`name <= ${upToName}`]),
    ...(latest ? [constant('is_latest')] : []),
    ...(latest || filters.version === null ? [] : [sql`version = ${filters.version}`]),
    ...(filters.updatedSince === null ? [] : [sql`updated_at > ${filters.updatedSince}::timestamptz`]),
    ...(withDeleted(filters) ? [] : [constant("status <> 'deleted'")]),
  ];
  return sql`
    select * from version_document
    where ${conditions.reduce((all, one) => sql`${all} and ${one}`)}
    order by ${constant(orderOf(request))} limit ${limit + 1}`;
}

function withDeleted(filters: ListFilters): boolean {
  return filters.includeDeleted === true || filters.updatedSince !== null;
}
