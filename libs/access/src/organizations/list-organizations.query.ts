import { Injectable } from '@nestjs/common';
import { containsPattern, sql, SystemDb } from '@portolan/db';
import { invalidParameter, type Filter, type ListFields, type ListQuery, type PageMeta } from '@portolan/kernel';
import type { OperatedOrganizationRow } from './organization-row';

/** What a list of organizations can be filtered and sorted by; names by eq, contains and their lists, states by eq. */
export const ORGANIZATION_FIELDS: ListFields = {
  name: { column: 'name', kind: 'string', sortable: true },
  state: { column: 'state', kind: 'string', sortable: false },
};

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  name: ['eq', 'oeq', 'contains', 'ocontains'],
  state: ['eq', 'oeq'],
};

type Listed = OperatedOrganizationRow & { readonly total: number };

/** All organizations, a page of them with the total, for the operator. */
@Injectable()
export class ListOrganizations {
  constructor(private readonly system: SystemDb) {}

  /** @throws AppError invalid_parameters for an operator that cannot be asked here, or a second filter on a field */
  async run(query: ListQuery): Promise<{ data: OperatedOrganizationRow[]; meta: PageMeta }> {
    const { pageSize: size, pageNumber: number } = query;
    const names =
      filterOf(query, 'name')?.map(([operator, value]) =>
        /contains/.test(operator) ? containsPattern(value) : exactly(value),
      ) ?? null;
    const states = filterOf(query, 'state')?.map(([, value]) => value) ?? null;
    const rows = await this.system.call<Listed>(sql`
      select id, name, display_name, login_path, state, suspended_reason, rate_limits, quotas, created_at, updated_at,
             total
      from list_organizations(${names}::text[], ${states}::text[], ${query.sort[0]?.descending === true}, ${size},
                              ${(number - 1) * size})`);
    // With nothing on the page the one row holds the total alone.
    const data = rows.filter(({ id }) => (id as string | null) !== null).map(({ total, ...row }) => row);
    return { data, meta: { page: { number, size, total: rows[0]?.total ?? 0 } } };
  }
}

/** Pairs of operator and value of the filter on a field, or null when there is none. */
function filterOf({ filters }: ListQuery, name: string): [Filter['operator'], string][] | null {
  const [filter, another] = filters.filter(({ field }) => field.column === name);
  if (!filter) return null;
  const choices = OPERATORS[name] ?? [];
  if (another !== undefined || !choices.includes(filter.operator))
    throw invalidParameter({
      field: `filter[${name}]`,
      rule: 'enum',
      choices,
      reason: `filter[${name}] can be given once, with one of [${choices.join(', ')}]`,
      source: 'query',
    });
  return filter.values.map((value) => [filter.operator, value]);
}

/** A LIKE pattern that finds this text alone. */
function exactly(text: string): string {
  return containsPattern(text).slice(1, -1);
}
