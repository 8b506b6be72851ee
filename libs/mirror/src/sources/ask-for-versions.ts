import { readEntry, type ReadVersion } from './read-entry';
import type { PageRequest, UpstreamClient } from './upstream-client';
import type { ApiVersion, SentPage, UpstreamPage, UpstreamTarget } from './upstream-target';

const LARGE_BYTES = 1024 * 1024;

export interface VersionsPage extends Omit<UpstreamPage, 'entries'> {
  readonly versions: readonly ReadVersion[];
}

/** A page that has come. */
export interface ComingPage {
  /** It is still as it was sent, and is to be read when nobody else has one in hand. */
  readonly isLarge: boolean;
  /** @throws UpstreamFault */
  read(): VersionsPage;
}

/**
 * A page of usual size is read as it comes, so that of what the parser makes of it nothing is left.
 *
 * @throws UpstreamFault
 */
export async function askForVersions(
  client: UpstreamClient,
  target: UpstreamTarget,
  apiVersion: ApiVersion,
  request: PageRequest,
): Promise<ComingPage> {
  const sent = await client.askForPage(target, apiVersion, request);
  if (sent.bytes > LARGE_BYTES) return { isLarge: true, read: () => read(sent) };
  const page = read(sent);
  return { isLarge: false, read: () => page };
}

function read(sent: SentPage): VersionsPage {
  const { entries, ...page } = sent.read();
  return { ...page, versions: entries.map(readEntry) };
}
