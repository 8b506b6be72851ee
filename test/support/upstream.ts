import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { call } from './http';

export type UpstreamStatus = 'active' | 'deprecated' | 'deleted';
export type UpstreamServer = Readonly<Record<string, unknown>>;

/** What the official registry says of a version. */
export interface OfficialMeta {
  readonly status: UpstreamStatus;
  readonly statusChangedAt?: string;
  readonly statusMessage?: string;
  readonly publishedAt: string;
  readonly updatedAt: string;
  readonly isLatest: boolean;
}

/** A version as it is listed. A registry of another make may have no metadata of the official kind, or none at all. */
export interface UpstreamRow {
  readonly server: UpstreamServer;
  readonly _meta?: Readonly<Record<string, unknown>> & {
    readonly 'io.modelcontextprotocol.registry/official'?: OfficialMeta;
  };
}

/** A request as it came in. */
export interface UpstreamRequest {
  readonly method: string;
  readonly path: string;
  /** Without its question mark. */
  readonly query: string;
  readonly headers: IncomingHttpHeaders;
  readonly at: string;
}

/** Each concerns lists only, and may begin with a page (`from_page`, the first is 1) and end after some (`times`). */
export interface UpstreamFaults {
  /** A page without servers, and nothing behind it. */
  empty: object;
  /** 302 to another host. */
  login_redirect: { readonly Location?: string };
  /** 200 with HTML. */
  login_page: object;
  truncated_json: object;
  /** 200 with a text that says it is JSON. */
  not_json: object;
  /** 503 unless it says another. */
  status: { readonly code?: number; readonly retryAfter?: number | string };
  /** Another cursor and other versions, for ever. */
  endless_cursor: object;
  /** The first page and its cursor, for ever. */
  repeated_cursor: object;
  /** A page of 21 MiB unless it says another; its size is not announced. */
  big_page: { readonly bytes?: number };
  /** So many entries that say nothing, on one page. */
  crowd: { readonly n: number };
  /** Nothing wrong: the page in gzip. */
  gzip: object;
  /** A small page that is 64 MiB when it is open. */
  gzip_bomb: { readonly bytes?: number };
  /** A page that begins, and goes on by a byte each 50 ms. */
  drip: { readonly ms?: number };
  /** No answer, on an open connection. */
  hang: object;
  /** Half a page, then a reset of the connection. */
  reset: object;
  /** 400 for every cursor behind so many pages. */
  cursor_refused: { readonly afterPages?: number };
  /** `updatedAt` of everything is an hour earlier. */
  time_backwards: { readonly ms?: number };
  /** N entries that no registry should list, on the first page; those of test/support/upstream/poison.mjs. */
  poison: { readonly n?: number; readonly kinds?: readonly string[] };
  delay: { readonly ms: number };
  /** Holds the request of this page until `resume`. */
  pause_at_page: { readonly page: number };
  /** That share of the versions is not there: always the same ones. */
  drop: { readonly percent: number };
  /** What was removed is back as it was, and what was deleted is active. */
  resurrect: object;
}

export interface Upstream {
  /** The base below which `/v0.1/servers` is. */
  readonly url: string;
  /** Replaces everything; rows are listed as they are given. */
  load(rows: readonly UpstreamRow[]): Promise<void>;
  /** `{servers: [...]}` as JSON, or as JSON in gzip. */
  loadFile(path: string): Promise<void>;
  /** Makes it `times` as many: each copy has namespaces and remote hosts of its own. */
  clone(times: number): Promise<void>;
  /** Fills it with versions that look like those of the official registry. */
  generate(options: { readonly versions: number; readonly seed?: number }): Promise<void>;
  /** What an upstream holds on three days, to be given to `load`; the same for the same seed. */
  snapshots(options?: {
    readonly names?: number;
    readonly seed?: number;
  }): Promise<readonly [UpstreamRow[], UpstreamRow[], UpstreamRow[]]>;
  publish(server: UpstreamServer, options?: { readonly publishedAt?: string }): Promise<UpstreamRow>;
  /** Without a message the one before goes. */
  setStatus(name: string, version: string, status: UpstreamStatus, message?: string): Promise<UpstreamRow>;
  /** Another document under a version that is there. */
  replaceContent(name: string, version: string, server: UpstreamServer): Promise<UpstreamRow>;
  /** Takes a version away without a word. */
  remove(name: string, version: string): Promise<void>;
  /** Deprecates n versions, spread over all of them, or takes that back where it was done before. */
  touch(n: number): Promise<{ readonly name: string; readonly version: string }[]>;
  /** The time of all that follows, until another is set; null for the time of the machine. */
  now(time: string | null): Promise<void>;
  /** Everything, deleted ones too, in the order of lists, whatever the faults. */
  entries(): Promise<UpstreamRow[]>;
  count(): Promise<number>;
  requests(): Promise<UpstreamRequest[]>;
  clearRequests(): Promise<void>;
  /** 401 for requests without this header, until it is null. */
  credentials(header: string, value: string | null): Promise<void>;
  /** Options null: no more of it. */
  fault<Name extends keyof UpstreamFaults>(
    name: Name,
    options?: (UpstreamFaults[Name] & { readonly times?: number; readonly from_page?: number }) | null,
  ): Promise<void>;
  /** No more of any. */
  fault(name: null): Promise<void>;
  /** How many requests are held by `pause_at_page`. */
  held(): Promise<number>;
  resume(): Promise<void>;
  /** Ends faults, credentials and a set time, and forgets requests; what it holds stays. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** Runs a registry on this machine as a process of its own. */
export async function anUpstream({ prefix = '', port = 0 } = {}): Promise<Upstream> {
  const program = join(__dirname, 'upstream-registry.mjs');
  const child = spawn(process.execPath, [program, '--attached', '--prefix', prefix, '--port', String(port)], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    ended.then(([code]) => Promise.reject(new Error(`the upstream ended with ${String(code)}`))),
  ])) as [string];
  const { url } = JSON.parse(line) as { url: string };
  const { origin } = new URL(url);
  const control =
    <Result>(name: string) =>
    async (...values: readonly unknown[]): Promise<Result> => {
      const answer = await call(origin, 'POST', '/__control', { body: { call: name, with: values } });
      if (answer.status !== 200) throw new Error(`${name}: ${answer.text}`);
      return answer.json<{ result: Result }>().result;
    };
  return {
    url,
    load: control('load'),
    loadFile: control('loadFile'),
    clone: control('clone'),
    generate: control('generate'),
    snapshots: control('snapshots'),
    publish: control('publish'),
    setStatus: control('setStatus'),
    replaceContent: control('replaceContent'),
    remove: control('remove'),
    touch: control('touch'),
    now: control('now'),
    entries: control('entries'),
    count: control('count'),
    requests: control('requests'),
    clearRequests: control('clearRequests'),
    credentials: control('credentials'),
    fault: control('fault'),
    held: control('held'),
    resume: control('resume'),
    clear: control('clear'),
    close: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
