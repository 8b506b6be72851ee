import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { parseFilter, parseInteger, single, unknownParameter, type Filter, type ListFields } from '@portolan/kernel';
import type { FastifyRequest } from 'fastify';
import { AUDIT_LOG_FIELDS } from '../../rows/audit-log-filter';
import { isHeavy } from '../../rows/audit-rows-sql';
import type { AuditLogsRequest } from '../../rows/list-audit-logs.query';

export type QueryString = Readonly<Record<string, unknown>>;

const PAGE_SIZE_DEFAULT = 20;
const PAGE_SIZE_MAX = 1_000;
const { registry: _, ...OF_REGISTRY } = AUDIT_LOG_FIELDS;

/** Fields of the list of one registry, which its path has chosen. */
export const REGISTRY_AUDIT_LOG_FIELDS: ListFields = OF_REGISTRY;

/**
 * `page[size]`, `page[after]` and filters.
 *
 * @throws AppError invalid_parameters
 */
export function auditLogsRequest(query: QueryString, fields: ListFields): AuditLogsRequest {
  const filters: Filter[] = [];
  let pageSize = PAGE_SIZE_DEFAULT;
  let after: string | null = null;
  for (const [key, raw] of Object.entries(query)) {
    const value = single(key, raw);
    if (key === 'page[size]') pageSize = parseInteger(key, value, PAGE_SIZE_MAX);
    else if (key === 'page[after]') after = value;
    else if (key.startsWith('filter[')) filters.push(parseFilter(key, value, fields));
    else throw unknownParameter(key);
  }
  return { filters, pageSize, after };
}

/** A heavy page counts as a search. */
export function limitClassOfPage(request: FastifyRequest): 'read' | 'search' {
  return limitClassOf(request, AUDIT_LOG_FIELDS, {});
}

export function limitClassOfRegistryPage(request: FastifyRequest): 'read' | 'search' {
  return limitClassOf(request, REGISTRY_AUDIT_LOG_FIELDS, { registryId: 'any' });
}

function limitClassOf({ query }: FastifyRequest, fields: ListFields, of: { readonly registryId?: string }) {
  try {
    return isHeavy({ ...auditLogsRequest((query ?? {}) as QueryString, fields), ...of }) ? 'search' : 'read';
  } catch {
    // It is refused later, and costs nothing.
    return 'read';
  }
}

/** The answer's `meta`; the path of the next page repeats the filters of this one. */
export function pageMeta(path: string, query: QueryString, size: number, next: string | null) {
  const filters = Object.entries(query)
    .filter(([key]) => key.startsWith('filter['))
    .map(([key, value]) => `&${key}=${encodeURIComponent(String(value))}`);
  return {
    page: { size, next: next === null ? null : `${path}?page[size]=${size}${filters.join('')}&page[after]=${next}` },
  };
}

export const ApiAuditLogFilters = (fields: ListFields) =>
  ApiQuery({
    name: 'filter',
    required: false,
    style: 'deepObject',
    explode: true,
    schema: { type: 'object' },
    description:
      `Fields: ${Object.keys(fields).join(', ')}. \`filter[field]=value\`; \`filter[action][oeq]=a,b\` for one of ` +
      'several; `filter[occurred_at][gt]`, `[gte]`, `[lt]` and `[lte]` for bounds. A principal is an id, a name or an ' +
      'email address; a target is an id, that of a version is `name@version`.',
  });

export const ApiAuditLogPage = () =>
  applyDecorators(
    ApiQuery({
      name: 'page[size]',
      required: false,
      schema: { type: 'integer', minimum: 1, maximum: PAGE_SIZE_MAX, default: PAGE_SIZE_DEFAULT },
    }),
    ApiQuery({
      name: 'page[after]',
      required: false,
      type: String,
      description:
        'Taken from meta.page.next, with the same filters. What one request looks through is bounded: a page may be ' +
        'shorter than page[size], even empty, while meta.page.next leads on.',
    }),
  );
