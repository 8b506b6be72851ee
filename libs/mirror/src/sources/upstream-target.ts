/** Where an upstream is, and how to ask it. */
export interface UpstreamTarget {
  /** Without a slash at its end, and without what every registry has below it: `/v0.1/servers`. */
  readonly url: string;
  readonly verifyTls: boolean;
  /** Sent with each request to that URL, and to nothing else. */
  readonly headers: Readonly<Record<string, string>>;
}

export type ApiVersion = 'v0.1' | 'v0';

/** One entry of a list as it came; its shape is the reader's to judge. */
export interface UpstreamEntry {
  readonly server: unknown;
  readonly _meta: unknown;
}

export interface UpstreamPage {
  readonly entries: readonly UpstreamEntry[];
  /** Null when nothing follows. */
  readonly nextCursor: string | null;
  /** Of the decompressed body. */
  readonly bytes: number;
  readonly httpStatus: number;
  /** What the upstream's clock said, in milliseconds since 1970; null when it does not tell. */
  readonly answeredAtMs: number | null;
}

/** A page as it was sent: what is in it takes up to twenty times the room of its bytes. */
export interface SentPage {
  /** Of the decompressed body. */
  readonly bytes: number;
  /** @throws UpstreamFault */
  read(): UpstreamPage;
}
