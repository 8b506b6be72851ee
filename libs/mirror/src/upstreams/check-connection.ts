import { isIP } from 'node:net';
import { failureKind } from '@portolan/egress';
import { readEntry, type ReadVersion } from '../sources/read-entry';
import type { UpstreamClient } from '../sources/upstream-client';
import { UpstreamFault } from '../sources/upstream-fault';
import type { ApiVersion, UpstreamPage, UpstreamTarget } from '../sources/upstream-target';
import { adviceOn } from './connection-advice';
import { ConnectionChecks, type CheckName, type ConnectionReport } from './connection-checks';
import { TimedRequests } from './timed-requests';

const LATENCY_MAX_MS = 5_000;
// Small, so that a small upstream has a second page, too.
const PAGE_SIZE = 10;
// Somebody waits for the answer, and others for the process that gives it.
const PAGE_BYTES_MAX = 2 * 1024 * 1024;
const JUDGED_MAX = 100;
const NAME_ADVICE = 'See that the host in the URL is written correctly, and is known where the platform runs';

interface FirstPage {
  readonly apiVersion: ApiVersion;
  readonly page: UpstreamPage;
}

/** Asks an upstream what a mirror will ask, and tells how each question went. Never throws for what an upstream does. */
export async function checkConnection(client: UpstreamClient, target: UpstreamTarget): Promise<ConnectionReport> {
  const check = new ConnectionCheckRun(client, target);
  await check.run();
  return check.report();
}

/** The report of a test that asks nothing, for the headers cannot be opened. */
export function reportOfUnreadable({ message, code }: UpstreamFault): ConnectionReport {
  const checks = new ConnectionChecks();
  checks.fail('reachable', message, adviceOn(code));
  return checks.report();
}

class ConnectionCheckRun {
  private readonly checks = new ConnectionChecks();
  private readonly requests = new TimedRequests();

  constructor(
    private readonly client: UpstreamClient,
    private readonly target: UpstreamTarget,
  ) {}

  report(): ConnectionReport {
    return this.checks.report();
  }

  async run(): Promise<void> {
    const first = await this.readFirstPage();
    if (first !== null) {
      const versions = first.page.entries.slice(0, JUDGED_MAX).map(readEntry);
      if (this.checkFormat(versions)) {
        await this.checkPaging(first, versions);
        await this.checkUpdatedSince(first.apiVersion, versions);
        await this.checkVersion(first.apiVersion, versions);
      }
    }
    this.checkLatency();
  }

  private async readFirstPage(): Promise<FirstPage | null> {
    const v01 = await this.ask((timeoutMs) => this.listPage('v0.1', { timeoutMs }));
    const isOfV0 = v01 instanceof UpstreamFault && v01.httpStatus === 404;
    const apiVersion = isOfV0 ? 'v0' : 'v0.1';
    const page = isOfV0 ? await this.ask((timeoutMs) => this.listPage('v0', { timeoutMs })) : v01;
    const fault = page instanceof UpstreamFault ? page : null;
    if (!this.checkConnection(fault)) return null;
    // What is there at all is a list or none; whatever else an answer says is about the place that was asked.
    const isAnswered =
      fault === null ||
      fault.code === 'too_large' ||
      (fault.code === 'not_a_registry' && (fault.httpStatus ?? 200) === 200);
    if (fault !== null) this.fail(isAnswered ? 'list_format' : 'api_version', fault);
    if (isAnswered) this.checks.pass('api_version', apiVersion);
    return page instanceof UpstreamFault ? null : { apiVersion, page };
  }

  /** @returns false when there was no answer */
  private checkConnection(fault: UpstreamFault | null): boolean {
    if (fault?.code === 'address_forbidden') return this.fail('address_allowed', fault);
    this.checks.pass('address_allowed');
    // Whatever took too long may have been the name already.
    if (fault?.code === 'too_slow') return this.fail('reachable', fault);
    const { protocol, hostname } = new URL(this.target.url);
    if (isIP(hostname.replace(/^\[|\]$/g, '')) !== 0)
      this.checks.skip('name_resolved', 'The URL has an address, no name');
    else if (fault !== null && failureKind(fault.cause) === 'unresolved') {
      this.checks.fail('name_resolved', fault.message, NAME_ADVICE);
      return false;
    } else this.checks.pass('name_resolved');
    if (protocol === 'http:') this.checks.skip('tls', 'The URL is one of http: nothing is encrypted');
    else if (fault?.code === 'tls_failed') return this.fail('tls', fault);
    else if (fault?.code !== 'unreachable')
      this.checks.pass('tls', this.target.verifyTls ? null : 'The certificate is not looked at');
    if (fault?.code === 'unreachable') return this.fail('reachable', fault);
    this.checks.pass('reachable');
    return true;
  }

  /** @returns false when there is nothing in it to go on with */
  private checkFormat(versions: readonly ReadVersion[]): boolean {
    const good = versions.filter(({ fault }) => fault === null).length;
    if (versions.length > 0 && good === 0) {
      this.checks.fail(
        'list_format',
        `None of the ${versions.length} versions on the first page can be read`,
        'See that the upstream lists versions as {"server": {...}, "_meta": {...}}, with server.json documents in them',
      );
      return false;
    }
    this.checks.pass('list_format', `${good} of the ${versions.length} versions on the first page can be read`);
    return true;
  }

  private async checkPaging({ apiVersion, page }: FirstPage, versions: readonly ReadVersion[]): Promise<void> {
    const { nextCursor: cursor } = page;
    if (cursor === null) {
      this.checks.skip('paging', 'Everything is on one page');
      return;
    }
    const second = await this.ask((timeoutMs) => this.listPage(apiVersion, { cursor, timeoutMs }));
    if (second instanceof UpstreamFault) {
      this.fail('paging', second);
      return;
    }
    const known = new Set(versions.map(keyOf));
    const isSame = second.entries.length > 0 && second.entries.every((entry) => known.has(keyOf(readEntry(entry))));
    if (isSame || second.nextCursor === cursor)
      this.checks.fail('paging', 'The second page leads back to the first one', adviceOn('cursor_refused'));
    else this.checks.pass('paging');
  }

  private async checkUpdatedSince(apiVersion: ApiVersion, versions: readonly ReadVersion[]): Promise<void> {
    if (versions.length === 0) {
      this.checks.skip('updated_since', 'The list is empty');
      return;
    }
    const updatedSince = new Date().toISOString().replace('Z', '000Z');
    const page = await this.ask((timeoutMs) => this.listPage(apiVersion, { updatedSince, timeoutMs }));
    if (page instanceof UpstreamFault) {
      this.fail('updated_since', page);
      return;
    }
    const isOld = ({ updatedAt }: ReadVersion) => updatedAt === null || updatedAt < updatedSince;
    if (page.entries.slice(0, JUDGED_MAX).map(readEntry).some(isOld))
      this.checks.fail(
        'updated_since',
        'The upstream lists everything, whatever time is asked for',
        'It can be mirrored all the same: all of it is read each time, so choose a longer schedule',
      );
    else this.checks.pass('updated_since');
  }

  private async checkVersion(apiVersion: ApiVersion, versions: readonly ReadVersion[]): Promise<void> {
    const one = versions.find(({ fault }) => fault === null);
    if (one === undefined) {
      this.checks.skip('version_read', 'The list is empty');
      return;
    }
    const { name, version } = one;
    const entry = await this.ask((timeoutMs) =>
      this.client.getVersion(this.target, apiVersion, name, version, { timeoutMs, maxBytes: PAGE_BYTES_MAX }),
    );
    if (entry instanceof UpstreamFault) this.fail('version_read', entry);
    else if (keyOf(readEntry(entry)) === keyOf(one)) this.checks.pass('version_read');
    else
      this.checks.fail(
        'version_read',
        'Asked for one version, the upstream answers with something else',
        'Tell whoever runs the upstream; a mirror reads lists only and does without',
      );
  }

  private checkLatency(): void {
    const { medianMs } = this.requests;
    if (medianMs === null) return;
    const seen = `${medianMs} ms in the middle of all requests`;
    if (medianMs <= LATENCY_MAX_MS) this.checks.pass('latency', seen);
    else this.checks.fail('latency', seen, 'It can be mirrored all the same, slowly; tell whoever runs the upstream');
  }

  private listPage(
    apiVersion: ApiVersion,
    request: { readonly timeoutMs: number; readonly cursor?: string; readonly updatedSince?: string },
  ) {
    return this.client.listPage(this.target, apiVersion, { limit: PAGE_SIZE, maxBytes: PAGE_BYTES_MAX, ...request });
  }

  private async ask<Answer>(request: (timeoutMs: number) => Promise<Answer>): Promise<Answer | UpstreamFault> {
    try {
      return await this.requests.run(request);
    } catch (error) {
      if (error instanceof UpstreamFault) return error;
      throw error;
    }
  }

  private fail(name: CheckName, fault: UpstreamFault): false {
    this.checks.fail(name, fault.message, adviceOn(fault.code));
    return false;
  }
}

function keyOf({ name, version }: ReadVersion): string {
  return JSON.stringify([name, version]);
}
