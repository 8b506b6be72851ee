import { Injectable } from '@nestjs/common';
import { Egress, type EgressResponse } from '@portolan/egress';
import { faultOfAnswer, faultOfFailure } from './upstream-answer';
import { UpstreamFault } from './upstream-fault';
import type { ApiVersion, SentPage, UpstreamEntry, UpstreamPage, UpstreamTarget } from './upstream-target';

const TIMEOUT_MS = 30_000;
const PAGE_BYTES_MAX = 20 * 1024 * 1024;
const PAGE_SIZE = 100;
/** Whoever keeps to no limit sends everything at once; more than this would stop the process that takes it apart. */
const ENTRIES_MAX = 5_000;
/** What stands between values, 200 for each version: as objects they take twenty times the room of their text. */
const MARKS_MAX = 200 * ENTRIES_MAX;
const [COMMA, BRACKET, BRACE] = Buffer.from(',[{');

export interface UpstreamRequest {
  /** For the whole of a request; 30 s unless said otherwise. */
  readonly timeoutMs?: number;
  /** Of a page, decompressed; 20 MiB unless said otherwise. */
  readonly maxBytes?: number;
}

export interface PageRequest extends UpstreamRequest {
  /** Of the page before; null for the first page. */
  readonly cursor?: string | null;
  /** RFC 3339: only what has changed since. Null for everything. */
  readonly updatedSince?: string | null;
  /** 100 unless said otherwise. */
  readonly limit?: number;
}

/**
 * Speaks the MCP Registry API to an upstream: one request at a time, no redirect followed, nothing tried again. Whatever
 * goes wrong is an UpstreamFault.
 */
@Injectable()
export class UpstreamClient {
  constructor(private readonly egress: Egress) {}

  /**
   * @returns v0.1 unless the upstream does not know it, but v0
   * @throws UpstreamFault
   */
  async findApiVersion(target: UpstreamTarget, request: UpstreamRequest = {}): Promise<ApiVersion> {
    try {
      await this.listPage(target, 'v0.1', { ...request, limit: 1 });
      return 'v0.1';
    } catch (error) {
      if (!(error instanceof UpstreamFault) || error.httpStatus !== 404) throw error;
    }
    await this.listPage(target, 'v0', { ...request, limit: 1 });
    return 'v0';
  }

  /** @throws UpstreamFault */
  async listPage(target: UpstreamTarget, apiVersion: ApiVersion, request: PageRequest = {}): Promise<UpstreamPage> {
    return (await this.askForPage(target, apiVersion, request)).read();
  }

  /**
   * A page that nobody has taken apart yet.
   *
   * @throws UpstreamFault
   */
  async askForPage(target: UpstreamTarget, apiVersion: ApiVersion, request: PageRequest = {}): Promise<SentPage> {
    const { cursor = null, updatedSince = null, limit = PAGE_SIZE } = request;
    const query = new URLSearchParams({ limit: String(limit), include_deleted: 'true' });
    if (cursor !== null) query.set('cursor', cursor);
    if (updatedSince !== null) query.set('updated_since', updatedSince);
    // As %20 a space is one everywhere; as + it is one to some.
    const path = `/${apiVersion}/servers?${query.toString().replaceAll('+', '%20')}`;
    const answer = await this.ask(target, path, request, cursor !== null);
    return { bytes: answer.bytes.length, read: () => pageOf(answer) };
  }

  /**
   * One version, also one that is deleted there.
   *
   * @throws UpstreamFault
   */
  async getVersion(
    target: UpstreamTarget,
    apiVersion: ApiVersion,
    name: string,
    version: string,
    request: UpstreamRequest = {},
  ): Promise<UpstreamEntry> {
    const path = `/${apiVersion}/servers/${segment(name)}/versions/${segment(version)}`;
    const answer = await this.ask(target, `${path}?include_deleted=true`, request, false);
    const body = jsonOf(answer);
    if (!isObject(body)) throw notARegistry(answer, 'The upstream answers a version with something that is none');
    return entryOf(body);
  }

  private async ask(
    target: UpstreamTarget,
    path: string,
    { timeoutMs, maxBytes }: UpstreamRequest,
    hasCursor: boolean,
  ): Promise<EgressResponse> {
    const answer = await this.egress
      .fetch(`${target.url}${path}`, {
        headers: { accept: 'application/json', ...target.headers },
        timeoutMs: timeoutMs ?? TIMEOUT_MS,
        maxBytes: maxBytes ?? PAGE_BYTES_MAX,
        verifyTls: target.verifyTls,
      })
      .catch((error: unknown) => {
        throw faultOfFailure(error);
      });
    if (answer.status !== 200) throw faultOfAnswer(answer, hasCursor);
    return answer;
  }
}

function pageOf(answer: EgressResponse): UpstreamPage {
  if (isCrowded(answer.bytes))
    throw new UpstreamFault('too_large', 'The upstream sends more values on one page than is taken', {
      httpStatus: answer.status,
    });
  const body = jsonOf(answer);
  const list = isObject(body) ? body['servers'] : undefined;
  // An empty list of servers is null where nobody took care of it, which is common in Go.
  const entries = list === null ? [] : list;
  if (!isObject(body) || !Array.isArray(entries))
    throw notARegistry(answer, 'The upstream answers with something that is no list of servers');
  if (entries.length > ENTRIES_MAX)
    throw new UpstreamFault('too_large', `The upstream sends more than ${ENTRIES_MAX} versions on one page`, {
      httpStatus: answer.status,
    });
  return {
    entries: entries.map(entryOf),
    nextCursor: nextCursorOf(answer, body['metadata']),
    bytes: answer.bytes.length,
    httpStatus: answer.status,
    answeredAtMs: timeOf(answer.headers['date']),
  };
}

/** Also counts what stands in texts, which may have so many of them. */
function isCrowded(json: Buffer): boolean {
  if (json.length <= MARKS_MAX) return false;
  let marks = 0;
  // By index: an iterator takes ten times as long.
  for (let i = json.length - 1; i >= 0; i -= 1) {
    const byte = json[i];
    if (byte === COMMA || byte === BRACKET || byte === BRACE) marks += 1;
  }
  return marks > MARKS_MAX;
}

function timeOf(header: string | undefined): number | null {
  const ms = header === undefined ? NaN : Date.parse(header);
  return Number.isNaN(ms) ? null : ms;
}

function nextCursorOf(answer: EgressResponse, metadata: unknown): string | null {
  if (metadata === undefined || metadata === null) return null;
  if (isObject(metadata)) {
    const cursor = metadata['nextCursor'] ?? metadata['next_cursor'] ?? '';
    if (typeof cursor === 'string') return cursor === '' ? null : cursor;
  }
  throw notARegistry(answer, 'The upstream does not tell in a readable way where its list goes on');
}

/** @throws UpstreamFault for what URLs have another meaning for, however it is written */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..')
    throw new UpstreamFault('not_a_registry', 'The upstream has a name or a version that no URL can say');
  return encodeURIComponent(text.toWellFormed());
}

/** What is no entry at all is its reader's to set aside, like one that is wrong inside. */
function entryOf(entry: unknown): UpstreamEntry {
  return isObject(entry) ? { server: entry['server'], _meta: entry['_meta'] } : { server: entry, _meta: undefined };
}

function jsonOf(answer: EgressResponse): unknown {
  try {
    return JSON.parse(answer.text);
  } catch {
    throw notARegistry(answer, 'The upstream answers with something that is no JSON, such as a page for people');
  }
}

// What the parser says of it would quote it.
function notARegistry({ status }: EgressResponse, message: string): UpstreamFault {
  return new UpstreamFault('not_a_registry', message, { httpStatus: status });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
