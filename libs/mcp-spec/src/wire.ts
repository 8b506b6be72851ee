import { OFFICIAL_META_KEY, ORIGIN_META_KEY } from './server-json';

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
  /** Name of the upstream that it came from; null for one that was published here. */
  upstream: string | null;
  /** When it changed last there, as that upstream says; null when it does not say. */
  upstreamUpdatedAt: string | null;
  /** Id of the run that brought it as it is; null with `upstream`. */
  run: string | null;
  /**
   * JSON text of an object, as `JSON.stringify` writes it: what the upstream says of it besides its document and its
   * official block. Never holds the keys of the blocks that this registry writes.
   */
  meta: string | null;
}

/** As Go prints a time: no trailing zeros in the fraction, and no fraction at all when it is zero. */
function timeText(time: string): string {
  const dot = time.indexOf('.');
  if (dot < 0 || !time.endsWith('Z')) return `"${time}"`;
  let end = time.length - 1;
  while (time.charAt(end - 1) === '0') end -= 1;
  return `"${time.slice(0, end - 1 === dot ? dot : end)}Z"`;
}

/** The members of `meta` with a comma before them. */
function upstreamMetaText(meta: string | null): string {
  return meta === null || meta === '{}' ? '' : `,${meta.slice(1, -1)}`;
}

function originText({ upstream, upstreamUpdatedAt, run }: VersionRow): string {
  if (upstream === null || run === null) return '';
  const updatedAt = upstreamUpdatedAt === null ? '' : `"updatedAt":${timeText(upstreamUpdatedAt)},`;
  return `,"${ORIGIN_META_KEY}":{"upstream":${JSON.stringify(upstream)},${updatedAt}"run":"${run}"}`;
}

/**
 * `{"server":<document>,"_meta":{"…/official":{…}}}`, and for a version of an upstream what that one says of it and
 * where it came from. Assembled as text: nothing is parsed on the way out.
 */
export function serverResponseText(row: VersionRow): string {
  const message = row.statusMessage === null ? '' : `"statusMessage":${JSON.stringify(row.statusMessage)},`;
  const official =
    `{"status":"${row.status}","statusChangedAt":${timeText(row.statusChangedAt)},${message}` +
    `"publishedAt":${timeText(row.publishedAt)},"updatedAt":${timeText(row.updatedAt)},"isLatest":${String(row.isLatest)}}`;
  const others = `${upstreamMetaText(row.meta)}${originText(row)}`;
  return `{"server":${row.document},"_meta":{"${OFFICIAL_META_KEY}":${official}${others}}}`;
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
