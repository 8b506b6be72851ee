import { serverShape } from './property-table';
import { CURRENT_SCHEMA_URL, type ParsedServerJson, type ServerJson } from './server-json';
import { checkStorableJson } from './storable-json';
import { StructuralIssues } from './structural-issue';
import { readRecord } from './structure';

const BODY = 'body';

/**
 * Checks the structure of a request body and normalises it. Accepts any JSON value and never throws.
 *
 * `malformed` carries every fault found, up to 100, each with a location such as `body.packages[0].transport`.
 */
export function parseServerJson(raw: unknown): ParsedServerJson {
  const issues = new StructuralIssues();
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    issues.add(BODY, 'expected object', raw);
    return { outcome: 'malformed', issues: issues.found };
  }
  if (!checkStorableJson(raw, issues)) return { outcome: 'malformed', issues: issues.found };

  const fields = readRecord(serverShape, raw, BODY, issues);
  if (issues.found.length > 0) return { outcome: 'malformed', issues: issues.found };

  const schemaAssumed = fields.$schema === undefined;
  // Spread first, so that an assumed schema stands where a given one does: at the head of the text.
  const complete = { $schema: CURRENT_SCHEMA_URL, ...fields };
  // The table of shapes has just proved this; the compiler cannot follow it there.
  const document = complete as unknown as ServerJson;
  return { outcome: 'parsed', document, text: JSON.stringify(document), schemaAssumed };
}
