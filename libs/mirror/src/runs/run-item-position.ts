import { createHash } from 'node:crypto';
import { invalidParameter, isStorableText, type Filter } from '@portolan/kernel';

/** The last item of a page. */
export interface RunItemPosition {
  readonly name: string;
  readonly version: string;
}

/** Text of `[A-Za-z0-9_-]` only. It is good for the items of this run with the same filters, and no others. */
export function encodePosition({ name, version }: RunItemPosition, runId: string, filters: readonly Filter[]): string {
  return Buffer.from(JSON.stringify([name, version, mark(runId, filters)])).toString('base64url');
}

/** @throws AppError invalid_parameters for a position that a list of this run with these filters did not give */
export function decodePosition(text: string, runId: string, filters: readonly Filter[]): RunItemPosition {
  const [name, version, marked] = partsOf(text);
  if (typeof name !== 'string' || typeof version !== 'string' || !isStorableText(name) || !isStorableText(version))
    throw invalid('page[after] must be taken from meta.page.next of an earlier answer');
  if (marked !== mark(runId, filters)) throw invalid('page[after] belongs to another list');
  return { name, version };
}

function partsOf(text: string): readonly unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}

function mark(runId: string, filters: readonly Filter[]): string {
  const said = filters.map(({ field, operator, values }) => JSON.stringify([field.column, operator, values]));
  return createHash('sha256')
    .update([runId, ...said.sort()].join())
    .digest('base64url')
    .slice(0, 11);
}

function invalid(reason: string): Error {
  return invalidParameter({ field: 'page[after]', rule: 'invalid', reason, source: 'query' });
}
