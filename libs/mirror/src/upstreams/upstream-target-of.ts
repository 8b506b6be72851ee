import type { SecretBox } from '@portolan/vault';
import { UpstreamFault } from '../sources/upstream-fault';
import type { UpstreamTarget } from '../sources/upstream-target';

/** Where an upstream is, as the database has it. */
export interface StoredTarget {
  /** Of the upstream; null for a source that is shared, which has no headers. */
  readonly upstream_id: string | null;
  readonly url: string;
  readonly verify_tls: boolean;
  readonly headers_sealed: string | null;
}

/** Values by lowercase name. */
export type UpstreamHeaders = Readonly<Record<string, string>>;

/** @throws UpstreamFault credentials_unreadable when no key of this process opens the headers */
export function upstreamTargetOf(stored: StoredTarget, secretBox: SecretBox): UpstreamTarget {
  return { url: stored.url, verifyTls: stored.verify_tls, headers: openHeaders(stored, secretBox) };
}

export function sealHeaders(headers: UpstreamHeaders, upstreamId: string, secretBox: SecretBox): string {
  return secretBox.seal(JSON.stringify(headers), headersContext(upstreamId));
}

export function headerNamesOf(headers: UpstreamHeaders | null): readonly string[] {
  return Object.keys(headers ?? {}).sort();
}

function openHeaders({ upstream_id: id, headers_sealed: sealed }: StoredTarget, secretBox: SecretBox): UpstreamHeaders {
  if (sealed === null) return {};
  try {
    return JSON.parse(secretBox.open(sealed, headersContext(id ?? ''))) as UpstreamHeaders;
  } catch {
    throw new UpstreamFault(
      'credentials_unreadable',
      'The stored headers of the upstream cannot be decrypted any more; set them again',
    );
  }
}

/** What sealed headers belong to. */
function headersContext(upstreamId: string): string {
  return `upstream/headers/${upstreamId}`;
}
