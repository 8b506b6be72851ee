import { UpstreamFault } from './upstream-fault';

const PAGES_MAX = 20_000;
const VERSIONS_MAX = 1_000_000;
const BYTES_MAX = 4 * 1024 ** 3;
const STUCK_PAGES_MAX = 3;

interface Progress {
  /** The list leads to where it has been already. */
  readonly isSeen: boolean;
  readonly pages: number;
  readonly bytes: number;
  readonly fetched: number;
  /** Pages in a row that held nothing new. */
  readonly stuckPages: number;
}

/** @throws UpstreamFault for a list that has no end */
export function refuseEndless({ isSeen, pages, bytes, fetched, stuckPages }: Progress): void {
  if (isSeen || stuckPages >= STUCK_PAGES_MAX)
    throw new UpstreamFault('cursor_repeated', 'The list of the upstream leads back to where it has been already');
  if (pages >= PAGES_MAX || fetched >= VERSIONS_MAX || bytes >= BYTES_MAX)
    throw new UpstreamFault(
      'endless',
      `The list of the upstream does not end: ${PAGES_MAX} pages, ${VERSIONS_MAX} versions and ${BYTES_MAX} bytes are the most`,
    );
}
