import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import { parseFilter, parseInteger, single, unknownParameter, type Filter } from '@portolan/kernel';
import type { RunItemsRequest } from '../../runs/list-run-items.query';
import { RUN_ITEM_FIELDS } from '../../runs/run-item-row';

type QueryString = Readonly<Record<string, unknown>>;

const PAGE_SIZE_DEFAULT = 20;
const PAGE_SIZE_MAX = 1_000;

/**
 * `page[size]`, `page[after]` and filters.
 *
 * @throws AppError invalid_parameters
 */
export function runItemsRequest(query: QueryString): RunItemsRequest {
  const filters: Filter[] = [];
  let pageSize = PAGE_SIZE_DEFAULT;
  let after: string | null = null;
  for (const [key, raw] of Object.entries(query)) {
    const value = single(key, raw);
    if (key === 'page[size]') pageSize = parseInteger(key, value, PAGE_SIZE_MAX);
    else if (key === 'page[after]') after = value;
    else if (key.startsWith('filter[')) filters.push(parseFilter(key, value, RUN_ITEM_FIELDS));
    else throw unknownParameter(key);
  }
  return { filters, pageSize, after };
}

/** The answer's `meta`; the path of the next page repeats the filters of this one. */
export function runItemsMeta(path: string, query: QueryString, size: number, next: string | null) {
  const filters = Object.entries(query)
    .filter(([key]) => key.startsWith('filter['))
    .map(([key, value]) => `&${key}=${encodeURIComponent(String(value))}`);
  return {
    page: { size, next: next === null ? null : `${path}?page[size]=${size}${filters.join('')}&page[after]=${next}` },
  };
}

export const ApiRunItemsPage = () =>
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
      description: 'Taken from meta.page.next, with the same filters.',
    }),
    ApiQuery({
      name: 'filter',
      required: false,
      style: 'deepObject',
      explode: true,
      schema: { type: 'object' },
      description:
        `Fields: ${Object.keys(RUN_ITEM_FIELDS).join(', ')}. \`filter[action][oeq]=new,changed\` for one of several; ` +
        '`filter[name][contains]` for a part of the name.',
    }),
  );
