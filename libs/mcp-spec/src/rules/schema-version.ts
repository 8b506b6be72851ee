import { excerpt } from '../excerpt';
import { CURRENT_SCHEMA_URL, type RuleIssue } from '../server-json';
import { isSchemaDate, type SchemaDate } from '../schemas/schema-features';

const SCHEMA_PATH = 'schema';
const SCHEMA_URL = /\/schemas\/([A-Za-z0-9_~.-]+)\/server\.schema\.json/;
const [, CURRENT_DATE = ''] = SCHEMA_URL.exec(CURRENT_SCHEMA_URL) ?? [];

const issue = (
  type: RuleIssue['type'],
  severity: RuleIssue['severity'],
  message: string,
  reference: string,
): RuleIssue => ({
  type,
  path: SCHEMA_PATH,
  message,
  severity,
  reference,
});

/** What `$schema` says, and the date of the schema to check against when it names one that is known. */
interface SchemaVersion {
  issues: RuleIssue[];
  date: SchemaDate | undefined;
}

/** Neither host nor the rest of the URL is looked at: any `/schemas/<date>/server.schema.json` inside the text counts. */
export function schemaVersionOf(schemaUrl: string): SchemaVersion {
  if (schemaUrl === '') {
    return {
      issues: [issue('semantic', 'error', '$schema field is required', 'schema-field-required')],
      date: undefined,
    };
  }
  const [, id] = SCHEMA_URL.exec(schemaUrl) ?? [];
  if (id === undefined) {
    const message = `failed to extract schema version from URL: invalid schema URL format: ${excerpt(schemaUrl)}`;
    return { issues: [issue('schema', 'error', message, 'schema-version-extraction-error')], date: undefined };
  }
  const shown = excerpt(id);
  const issues: RuleIssue[] = [];
  if (schemaUrl !== CURRENT_SCHEMA_URL) {
    const message = `schema version ${shown} is not the current version (${CURRENT_DATE}). Consider updating to the latest schema version`;
    issues.push(issue('semantic', 'warning', message, 'schema-version-deprecated'));
  }
  if (isSchemaDate(id)) return { issues, date: id };
  const message = `schema version ${shown} not available: schema version ${shown} not found in embedded schemas: file does not exist`;
  issues.push(issue('schema', 'error', message, 'schema-version-not-available'));
  return { issues, date: undefined };
}

export const schemaAssumedIssue: RuleIssue = issue(
  'semantic',
  'warning',
  '$schema field is missing: the current schema is assumed',
  'schema-field-required',
);
