import { OFFICIAL_META_KEY } from './server-json';

/** One version as it is stored. Times are RFC 3339 in UTC with six fraction digits. */
export interface VersionRow {
  /** JSON text of the normalised document; sent as it is. */
  document: string;
  status: 'active' | 'deprecated' | 'deleted';
  statusMessage: string | null;
  statusChangedAt: string;
  publishedAt: string;
  updatedAt: string;
  isLatest: boolean;
}

/** As Go prints a time: no trailing zeros in the fraction, and no fraction at all when it is zero. */
function timeText(time: string): string {
  const dot = time.indexOf('.');
  if (dot < 0 || !time.endsWith('Z')) return `"${time}"`;
  let end = time.length - 1;
  while (time.charAt(end - 1) === '0') end -= 1;
  return `"${time.slice(0, end - 1 === dot ? dot : end)}Z"`;
}

/** `{"server":<document>,"_meta":{"…/official":{…}}}`. Assembled as text: the document is never parsed on the way out. */
export function serverResponseText(row: VersionRow): string {
  const message = row.statusMessage === null ? '' : `"statusMessage":${JSON.stringify(row.statusMessage)},`;
  const official =
    `{"status":"${row.status}","statusChangedAt":${timeText(row.statusChangedAt)},${message}` +
    `"publishedAt":${timeText(row.publishedAt)},"updatedAt":${timeText(row.updatedAt)},"isLatest":${String(row.isLatest)}}`;
  return `{"server":${row.document},"_meta":{"${OFFICIAL_META_KEY}":${official}}}`;
}

const serversText = (rows: readonly VersionRow[]): string => `"servers":[${rows.map(serverResponseText).join(',')}]`;

/** One page: `{"servers":[…],"metadata":{"nextCursor":…,"count":n}}`. `nextCursor` is absent when null; `count` is of this page. */
export function serverListText(rows: readonly VersionRow[], nextCursor: string | null): string {
  const cursor = nextCursor === null ? '' : `"nextCursor":${JSON.stringify(nextCursor)},`;
  return `{${serversText(rows)},"metadata":{${cursor}"count":${rows.length}}}`;
}

/** All versions of one server, which are never paged. */
export function versionsListText(rows: readonly VersionRow[]): string {
  return serverListText(rows, null);
}

/** Answer to a change of status of every version: `{"updatedCount":n,"servers":[…]}`. */
export function bulkStatusText(rows: readonly VersionRow[]): string {
  return `{"updatedCount":${rows.length},${serversText(rows)}}`;
}
