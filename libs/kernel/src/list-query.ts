import { invalidParameter } from './app-error';
import { isStorableText } from './storable-text';
import { isUuid } from './uuid';

export type FieldKind = 'string' | 'uuid' | 'date' | 'labels' | 'boolean';

export interface ListField {
  /** Column or SQL expression; a constant of the code, never input. */
  readonly column: string;
  readonly kind: FieldKind;
  readonly sortable: boolean;
  /** All values that there are; any when absent. */
  readonly choices?: readonly string[];
  /** Operators of this field; all of its kind when absent. */
  readonly operators?: readonly FilterOperator[];
}

export type ListFields = Readonly<Record<string, ListField>>;

export type FilterOperator = 'eq' | 'neq' | 'contains' | 'oeq' | 'ocontains' | 'lt' | 'lte' | 'gt' | 'gte' | 'exists';

export interface Filter {
  readonly field: ListField;
  /** The label's key when the field is a map of labels. */
  readonly labelKey: string | null;
  readonly operator: FilterOperator;
  readonly values: readonly string[];
}

export interface Sort {
  readonly column: string;
  readonly descending: boolean;
}

export interface ListQuery {
  /** 1 to PAGE_SIZE_MAX. */
  readonly pageSize: number;
  /** From 1. */
  readonly pageNumber: number;
  readonly filters: readonly Filter[];
  readonly sort: readonly Sort[];
}

export interface PageMeta {
  readonly page: { readonly number: number; readonly size: number; readonly total: number };
}

export const PAGE_SIZE_DEFAULT = 10;
export const PAGE_SIZE_MAX = 100;
const PAGE_NUMBER_MAX = 1_000_000;
const FILTERS_MAX = 20;

const OPERATORS: Readonly<Record<FieldKind, readonly FilterOperator[]>> = {
  string: ['eq', 'neq', 'contains', 'oeq', 'ocontains', 'exists'],
  labels: ['eq', 'neq', 'contains', 'oeq', 'ocontains', 'exists'],
  uuid: ['eq', 'neq', 'oeq', 'exists'],
  date: ['eq', 'lt', 'lte', 'gt', 'gte', 'exists'],
  boolean: ['eq', 'neq'],
};

/**
 * Reads the query string of a management list: `page[size]`, `page[number]`, `filter[field]`, `filter[field][op]`,
 * `filter[labels.key]` and `sort=a desc,b`.
 *
 * @throws AppError invalid_parameters naming the parameter and what it may hold
 */
export function parseListQuery(
  query: Readonly<Record<string, unknown>>,
  fields: ListFields,
  defaultSort: string,
): ListQuery {
  let pageSize = PAGE_SIZE_DEFAULT;
  let pageNumber = 1;
  let sort = parseSort(defaultSort, fields);
  const filters: Filter[] = [];
  for (const [key, raw] of Object.entries(query)) {
    const value = single(key, raw);
    if (key === 'page[size]') pageSize = parseInteger(key, value, PAGE_SIZE_MAX);
    else if (key === 'page[number]') pageNumber = parseInteger(key, value, PAGE_NUMBER_MAX);
    else if (key === 'sort') sort = parseSort(value, fields);
    else if (key.startsWith('filter[')) filters.push(parseFilter(key, value, fields));
    else throw unknownParameter(key);
  }
  if (filters.length > FILTERS_MAX)
    throw invalidParameter({
      field: 'filter',
      rule: 'max_items',
      maximum: FILTERS_MAX,
      reason: `at most ${FILTERS_MAX} filters are allowed`,
      source: 'query',
    });
  return { pageSize, pageNumber, filters, sort };
}

/** 400 for a query parameter that the operation does not know. */
export function unknownParameter(key: string): Error {
  return invalidParameter({
    field: key.slice(0, 100),
    rule: 'unknown_property',
    reason: `${key.slice(0, 100)} is not a parameter of this operation`,
    source: 'query',
  });
}

/** The one value of a query parameter; a repeated one is refused. */
export function single(key: string, raw: unknown): string {
  if (typeof raw === 'string' && isStorableText(raw)) return raw;
  throw invalidParameter({
    field: key,
    rule: 'is_string',
    reason: `${key} must be given once, as text without NUL characters`,
    source: 'query',
  });
}

/** @throws AppError invalid_parameters unless `value` is a whole number from 1 to `maximum` */
export function parseInteger(key: string, value: string, maximum: number): number {
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (Number.isNaN(number))
    throw invalidParameter({ field: key, rule: 'is_integer', reason: `${key} must be an integer`, source: 'query' });
  if (number < 1)
    throw invalidParameter({
      field: key,
      rule: 'min',
      minimum: 1,
      reason: `${key} must be at least 1`,
      source: 'query',
    });
  if (number > maximum)
    throw invalidParameter({
      field: key,
      rule: 'max',
      maximum,
      reason: `${key} must be at most ${maximum}`,
      source: 'query',
    });
  return number;
}

function parseSort(text: string, fields: ListFields): Sort[] {
  const choices = Object.keys(fields).filter((name) => fields[name]?.sortable === true);
  return text.split(',').map((part) => {
    const [name = '', direction = 'asc', ...rest] = part.trim().split(/ +/);
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (!field?.sortable || rest.length > 0 || !['asc', 'desc'].includes(direction))
      throw invalidParameter({
        field: 'sort',
        rule: 'enum',
        choices,
        reason: `"sort" must be a comma list of [${choices.join(', ')}], each with an optional asc or desc`,
        source: 'query',
      });
    return { column: field.column, descending: direction === 'desc' };
  });
}

/**
 * Reads one `filter[...]` parameter.
 *
 * @throws AppError invalid_parameters naming the parameter and what it may hold
 */
export function parseFilter(key: string, value: string, fields: ListFields): Filter {
  const match = /^filter\[([^[\]]+)\](?:\[([^[\]]+)\])?$/.exec(key);
  const path = match?.[1] ?? '';
  const dot = path.indexOf('.');
  const name = dot === -1 ? path : path.slice(0, dot);
  const labelKey = dot === -1 ? null : path.slice(dot + 1);
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field || (field.kind === 'labels') !== (labelKey !== null) || labelKey === '') {
    const choices = Object.entries(fields).map(([known, { kind }]) => (kind === 'labels' ? `${known}.<key>` : known));
    throw invalidParameter({
      field: key.slice(0, 100),
      rule: 'enum',
      choices,
      reason: `a filter must name one of [${choices.join(', ')}]`,
      source: 'query',
    });
  }
  const operator = (match?.[2] ?? (value === '' ? 'exists' : 'eq')) as FilterOperator;
  const operators = field.operators ?? OPERATORS[field.kind];
  if (!operators.includes(operator))
    throw invalidParameter({
      field: key.slice(0, 100),
      rule: 'enum',
      choices: operators,
      reason: `[${operator}] is not a supported filter operation`,
      source: 'query',
    });
  const values = operator === 'oeq' || operator === 'ocontains' ? value.split(',') : [value];
  if (operator !== 'exists') for (const one of values) checkValue(key, field, one);
  return { field, labelKey, operator, values };
}

function checkValue(key: string, { kind, choices }: ListField, value: string): void {
  if (choices?.includes(value) === false)
    throw invalidParameter({
      field: key,
      rule: 'enum',
      choices,
      reason: `${key} must be one of [${choices.join(', ')}]`,
      source: 'query',
    });
  if (kind === 'uuid' && !isUuid(value))
    throw invalidParameter({ field: key, rule: 'is_uuid', reason: `${key} must be a UUID`, source: 'query' });
  if (kind === 'date' && !isRfc3339(value))
    throw invalidParameter({
      field: key,
      rule: 'is_date_time',
      reason: `${key} must be an RFC 3339 date and time`,
      source: 'query',
    });
  if (kind === 'boolean' && value !== 'true' && value !== 'false')
    throw invalidParameter({
      field: key,
      rule: 'is_boolean',
      choices: ['true', 'false'],
      reason: `${key} must be true or false`,
      source: 'query',
    });
}

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1[0-5]):[0-5]\d)$/;

/**
 * True for a full RFC 3339 date and time with a zone, up to 9 fraction digits, that names a real instant. PostgreSQL
 * knows no zone 16 hours or more from UTC, and there is none.
 */
export function isRfc3339(text: string): boolean {
  const match = RFC_3339.exec(text);
  if (!match) return false;
  const [year = 0, month = 0, day = 0] = match.slice(1, 4).map(Number);
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate();
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth && !Number.isNaN(Date.parse(text));
}
