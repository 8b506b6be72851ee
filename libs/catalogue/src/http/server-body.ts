import { AppError } from '@portolan/kernel';
import { parseServerJson, type ParsedServerJson } from '@portolan/mcp-spec';

type Parsed = Extract<ParsedServerJson, { outcome: 'parsed' }>;

/** @throws AppError request_body_required, validation_failed */
export function parseServerBody(raw: unknown): Parsed {
  if (raw === undefined) throw new AppError('request_body_required');
  const parsed = parseServerJson(raw);
  if (parsed.outcome === 'malformed') throw new AppError('validation_failed', { errors: parsed.issues });
  return parsed;
}
