import { stringify } from 'csv-stringify/sync';
import type { AuditRow } from '../../rows/audit-row';

export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;

export type ExportFormat = (typeof EXPORT_FORMATS)[number];

export const EXPORT_TYPES: Readonly<Record<ExportFormat, string>> = {
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8; header=present',
};

const CELLS: Readonly<Record<string, (row: AuditRow) => string | number | null>> = {
  id: ({ id }) => id,
  occurred_at: ({ occurred_at }) => occurred_at,
  sequence: ({ sequence }) => sequence,
  hash: ({ hash }) => hash,
  kind: ({ kind }) => kind,
  action: ({ action }) => action,
  result: ({ result }) => result,
  reason: ({ reason }) => reason,
  principal_type: ({ principal }) => principal.type,
  principal_id: ({ principal }) => principal.id,
  principal_name: ({ principal }) => principal.name,
  on_behalf_of_type: ({ on_behalf_of }) => on_behalf_of?.type ?? null,
  on_behalf_of_id: ({ on_behalf_of }) => on_behalf_of?.id ?? null,
  on_behalf_of_name: ({ on_behalf_of }) => on_behalf_of?.name ?? null,
  credential_id: ({ credential_id }) => credential_id,
  request_id: ({ request_id }) => request_id,
  trace_id: ({ trace_id }) => trace_id,
  address: ({ address }) => address,
  user_agent: ({ user_agent }) => user_agent,
  target_type: ({ target }) => target.type,
  target_id: ({ target }) => target.id,
  target_name: ({ target }) => target.name,
  parent_type: ({ target }) => target.parent?.type ?? null,
  parent_id: ({ target }) => target.parent?.id ?? null,
  registry_id: ({ registry_id }) => registry_id,
  before: ({ before }) => jsonOf(before),
  after: ({ after }) => jsonOf(after),
};

/** What a file begins with. */
export function exportHead(format: ExportFormat): string {
  return format === 'csv' ? csv([Object.keys(CELLS)]) : '';
}

/** One line for each row. */
export function exportLines(format: ExportFormat, rows: readonly AuditRow[]): string {
  if (format === 'ndjson') return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  return csv(rows.map((row) => Object.values(CELLS).map((cell) => cell(row))));
}

// Names and user agents are chosen by others: a spreadsheet must not take them for formulas.
function csv(lines: readonly (readonly (string | number | null)[])[]): string {
  return stringify([...lines], { escape_formulas: true, record_delimiter: 'windows' });
}

function jsonOf(value: unknown): string | null {
  return value === null ? null : JSON.stringify(value);
}
