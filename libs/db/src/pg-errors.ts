import { AppError } from '@portolan/kernel';

interface PgError {
  readonly code: string;
  readonly constraint?: string;
  readonly table?: string;
  readonly column?: string;
}

const TRANSIENT = new Set(['40001', '40P01']);
// A document can be swept between the moment a write found it and the moment it points at it; and a publication and a
// mirror's run, which hold different locks, can bring the same server at the same time.
const REPEATABLE_CONSTRAINTS = new Set([
  '23503 server_version_document_fk',
  '23503 crawl_item_document_fk',
  '23503 source_version_document_fk',
  '23505 server_version_pkey',
  '23505 server_version_latest_key',
]);
// A lock or a statement took longer than it may.
const GAVE_UP = new Set(['55P03', '57014']);
// Data exceptions, broken constraints, program limits.
const UNSTORABLE = /^(22|23|54)/;
const RETRY_SOON = { 'Retry-After': '2' };
const UNREACHABLE = /^(08...|57P0[1-3]|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/;

/** Thrown inside a transaction whose ground has moved: it is rolled back and run once more. */
export class RepeatTransaction extends Error {
  readonly code = '40001';
}

function pgError(error: unknown): PgError | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? (error as Error & PgError)
    : null;
}

/** True when the same transaction may succeed if it runs once more. */
export function isRepeatable(error: unknown): boolean {
  const known = pgError(error);
  return (
    known !== null &&
    (TRANSIENT.has(known.code) || REPEATABLE_CONSTRAINTS.has(`${known.code} ${known.constraint ?? ''}`))
  );
}

/** The unique or foreign key that a statement broke, or null. */
export function brokenConstraint(error: unknown): string | null {
  const known = pgError(error);
  return known && (known.code === '23505' || known.code === '23503') ? (known.constraint ?? null) : null;
}

/** The column, as `table.column`, that a statement gave null and that takes none, or null. */
export function missingColumn(error: unknown): string | null {
  const known = pgError(error);
  return known?.code === '23502' ? `${known.table ?? ''}.${known.column ?? ''}` : null;
}

/** True when a row is not one that its table can hold: trying again helps nothing. */
export function isUnstorable(error: unknown): boolean {
  const known = pgError(error);
  if (known === null) return false;
  // A missing partition is told as a check without a name; it can still be made.
  const isPartitionMissing = known.code === '23514' && known.constraint === undefined;
  return UNSTORABLE.test(known.code) && !isPartitionMissing;
}

/** A server that cannot be reached, or that gave up waiting, becomes 503; everything else stays what it is. */
export function translateServerError(error: unknown): unknown {
  const known = pgError(error);
  const unreachable =
    (known !== null && UNREACHABLE.test(known.code)) ||
    (error instanceof Error && /timeout exceeded when trying to connect|Connection terminated/.test(error.message));
  if (unreachable) return new AppError('database_unavailable', { cause: error, headers: RETRY_SOON });
  if (known !== null && GAVE_UP.has(known.code))
    return new AppError('database_busy', { cause: error, headers: RETRY_SOON });
  return error;
}
