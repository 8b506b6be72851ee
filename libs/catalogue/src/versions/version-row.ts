import { constant } from '@portolan/db';
import type { VersionRow } from '@portolan/mcp-spec';

/** One version as it goes on the wire; the document is text that nobody parses on the way. */
export interface StoredVersion extends VersionRow {
  readonly name: string;
  readonly version: string;
}

/** Columns of version_document in the shape of StoredVersion. */
export const VERSION_COLUMNS = constant(
  `name, version, body as document, status, status_message as "statusMessage",
   status_changed_at as "statusChangedAt", published_at as "publishedAt", updated_at as "updatedAt",
   is_latest as "isLatest", upstream_name as upstream, upstream_updated_at as "upstreamUpdatedAt", run_id as run, meta`,
);

/** SQL for the bytes that a version adds to an answer. */
export const VERSION_BYTES = '(octet_length(body) + coalesce(octet_length(meta), 0))';

/** Text that one answer, or one part of a longer one, may hold: a few thousand usual documents. */
export const ANSWER_BYTES_MAX = 4_000_000;

/** What an audit row keeps of a version. */
export function auditView(row: StoredVersion): object {
  return {
    name: row.name,
    version: row.version,
    status: row.status,
    status_message: row.statusMessage,
    is_latest: row.isLatest,
  };
}
