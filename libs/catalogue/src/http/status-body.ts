import { AppError, isStorableText, type ErrorDetail } from '@portolan/kernel';
import { STRUCTURAL_ISSUES_MAX } from '@portolan/mcp-spec';
import type { Status } from '../versions/status-change';

const STATUSES: readonly Status[] = ['active', 'deprecated', 'deleted'];
const MESSAGE_LENGTH_MAX = 500;

export interface StatusBody {
  readonly status: Status;
  /** Null when the body has none, which clears it. */
  readonly statusMessage: string | null;
}

/** @throws AppError request_body_required, validation_failed in the official registry's words */
export function parseStatusBody(raw: unknown): StatusBody {
  if (raw === undefined) throw new AppError('request_body_required');
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    throw new AppError('validation_failed', { errors: [{ message: 'expected object', location: 'body' }] });
  const errors: ErrorDetail[] = [];
  const fields = new Map(Object.entries(raw as Record<string, unknown>).map(([key, value]) => [canonical(key), value]));
  for (const key of fields.keys())
    if (key !== 'status' && key !== 'statusMessage' && errors.length < STRUCTURAL_ISSUES_MAX)
      errors.push({ message: 'unexpected property', location: `body.${key.slice(0, 100)}` });
  const status = STATUSES.find((one) => one === fields.get('status'));
  if (!fields.has('status'))
    errors.push({ message: 'expected required property status to be present', location: 'body' });
  else if (typeof fields.get('status') !== 'string')
    errors.push({ message: 'expected string', location: 'body.status' });
  else if (!status)
    errors.push({ message: `expected value to be one of "${STATUSES.join(', ')}"`, location: 'body.status' });
  const message = fields.get('statusMessage') ?? null;
  if (message !== null) errors.push(...messageProblems(message));
  if (errors.length > 0 || !status) throw new AppError('validation_failed', { errors });
  return { status, statusMessage: message as string | null };
}

// The official registry's JSON decoder does not mind the case of a name. A map, because an object has a `constructor`.
const CANONICAL: ReadonlyMap<string, string> = new Map([
  ['status', 'status'],
  ['statusmessage', 'statusMessage'],
]);

function canonical(key: string): string {
  return CANONICAL.get(key.toLowerCase()) ?? key;
}

function messageProblems(message: unknown): ErrorDetail[] {
  const location = 'body.statusMessage';
  if (typeof message !== 'string') return [{ message: 'expected string', location }];
  if (!isStorableText(message)) return [{ message: 'expected well-formed text without NUL characters', location }];
  if ([...message].length > MESSAGE_LENGTH_MAX)
    return [{ message: `expected length <= ${MESSAGE_LENGTH_MAX}`, location }];
  return [];
}
