import { createHash } from 'node:crypto';
import { invalidParameter, isRfc3339, isUuid, type Filter } from '@portolan/kernel';
import type { AuditPosition } from './audit-rows-sql';

const POSITION = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z)_([0-9a-f-]{36})_([\w-]{11})$/;

/** Text of `[A-Za-z0-9_-]` only. It is good for a list with the same filters and no other. */
export function encodePosition({ occurredAt, id }: AuditPosition, filters: readonly Filter[]): string {
  return Buffer.from(`${occurredAt}_${id}_${mark(filters)}`).toString('base64url');
}

/** @throws AppError invalid_parameters for a position that a list with these filters did not give */
export function decodePosition(text: string, filters: readonly Filter[]): AuditPosition {
  const [, occurredAt, id, marked] = POSITION.exec(Buffer.from(text, 'base64url').toString('latin1')) ?? [];
  if (occurredAt === undefined || id === undefined || !isRfc3339(occurredAt) || !isUuid(id))
    throw invalid('page[after] must be taken from meta.page.next of an earlier answer');
  if (marked !== mark(filters)) throw invalid('page[after] belongs to a list with other filters');
  return { occurredAt, id };
}

function mark(filters: readonly Filter[]): string {
  const said = filters.map(({ field, operator, values }) => JSON.stringify([field.column, operator, values]));
  return createHash('sha256').update(said.sort().join()).digest('base64url').slice(0, 11);
}

function invalid(reason: string): Error {
  return invalidParameter({ field: 'page[after]', rule: 'invalid', reason, source: 'query' });
}
