import { createHash } from 'node:crypto';
import type { AccessConfig } from '@portolan/config';
import { AppError, roomFor } from '@portolan/kernel';
import { LRUCache } from 'lru-cache';
import type { Credential } from '../authentication/credential';
import type { SignedIn } from '../authentication/signed-in';
import { addressGroup } from './address-group';
import { limitHeaders } from './limit-headers';
import { monotonicMs, type Buckets, type BucketSize, type Clock, type LimitClass, type Taken } from './token-bucket';

/** Wrong credentials that one address may show: a hundred at once, then one a second. */
export const FAILURES_OF_ADDRESS: BucketSize = { per_second: 1, burst: 100 };

/** How often one address may show the same wrong credential: what retries an expired token does so for days. */
export const FAILURES_OF_CREDENTIAL: BucketSize = { per_second: 0.1, burst: 20 };

/** A credential that was good so recently is looked at whatever its address did. */
export const GOOD_FOR_MS = 10 * 60_000;

const LONGEST_WAIT_SECONDS = String(1 / FAILURES_OF_CREDENTIAL.per_second);
const GOOD_MAX = 100_000;
const REFUSALS_MAX = 10_000;

interface Refusal {
  readonly size: BucketSize;
  readonly taken: Taken;
  readonly untilMs: number;
}

/** Token buckets of requests and of failed credentials. */
export class Limits {
  // Digests, and until when they count. They let a credential be looked at; they never sign anybody in.
  private readonly good = new LRUCache<string, number>(roomFor(GOOD_MAX));
  private readonly refusals = new LRUCache<string, Refusal>(roomFor(REFUSALS_MAX));

  constructor(
    private readonly config: Pick<AccessConfig, 'rateLimits'>,
    private readonly buckets: Buckets,
    private readonly now: Clock = monotonicMs,
  ) {}

  /**
   * Counts one request of a principal, else of an address, as those of strangers are.
   *
   * @throws AppError rate_limited
   */
  async takeRequest(limitClass: LimitClass, signedIn: SignedIn | null, address: string): Promise<void> {
    const { key, size } = this.bucketOf(limitClass, signedIn, address);
    const taken = await this.buckets.take(key, size);
    if (!taken.allowed) throw new AppError('rate_limited', { headers: limitHeaders(limitClass, size, taken) });
  }

  /** As takeRequest, where nobody has to be asked; null where somebody has to be. False takes nothing. */
  takeRequestNow(limitClass: LimitClass, signedIn: SignedIn | null, address: string): boolean | null {
    const { key, size } = this.bucketOf(limitClass, signedIn, address);
    return this.buckets.takeNow(key, size)?.allowed ?? null;
  }

  /**
   * False while too many credentials of this address were wrong; one that was good a short while ago may go on. Requests
   * that are under way at once are not counted yet.
   */
  async mayTry(credential: Credential, address: string): Promise<boolean> {
    const digest = digestOf(credential);
    const goodUntilMs = this.good.get(digest);
    if (goodUntilMs !== undefined && this.now() < goodUntilMs) return true;
    const group = addressGroup(address);
    for (const [key, size] of failureBuckets(group, digest)) {
      const taken = await this.buckets.peek(key, size);
      if (taken.allowed) continue;
      this.remember(group, { size, taken, untilMs: this.now() + taken.retryAfterMs });
      return false;
    }
    return true;
  }

  async noteCredential(credential: Credential, address: string, good: boolean): Promise<void> {
    const digest = digestOf(credential);
    if (good) {
      this.good.set(digest, this.now() + GOOD_FOR_MS);
      return;
    }
    this.good.delete(digest);
    await Promise.all(failureBuckets(addressGroup(address), digest).map(([key, size]) => this.buckets.take(key, size)));
  }

  /** 429 for a credential that was not looked at. */
  tooManyFailures(address: string): AppError {
    const refusal = this.refusals.get(addressGroup(address));
    if (!refusal) return new AppError('rate_limited', { headers: { 'Retry-After': LONGEST_WAIT_SECONDS } });
    const { size, taken, untilMs } = refusal;
    const retryAfterMs = Math.max(0, untilMs - this.now());
    return new AppError('rate_limited', { headers: limitHeaders('failures', size, { ...taken, retryAfterMs }) });
  }

  private bucketOf(
    limitClass: LimitClass,
    signedIn: SignedIn | null,
    address: string,
  ): { readonly key: string; readonly size: BucketSize } {
    const caller = signedIn?.stranger === true ? null : signedIn;
    const size = caller?.rateLimits[limitClass] ?? this.config.rateLimits[limitClass];
    return { key: `${limitClass}:${whoseOf(caller, address)}`, size };
  }

  // Of several waits of one address the longest is true for each credential that it shows.
  private remember(group: string, refusal: Refusal): void {
    const other = this.refusals.get(group);
    if (!other || other.untilMs < refusal.untilMs) this.refusals.set(group, refusal);
  }
}

/** A capability URL is one principal with many users: no one of them may use up what is there for all. */
function whoseOf(caller: SignedIn | null, address: string): string {
  if (caller?.principal.id == null) return `address:${addressGroup(address)}`;
  const { orgId, principal } = caller;
  const whose = `principal:${orgId}:${principal.id}`;
  return principal.type === 'capability_url' ? `${whose}:${addressGroup(address)}` : whose;
}

function failureBuckets(group: string, digest: string): [key: string, size: BucketSize][] {
  return [
    [`failures:address:${group}`, FAILURES_OF_ADDRESS],
    [`failures:credential:${group}:${digest}`, FAILURES_OF_CREDENTIAL],
  ];
}

function digestOf({ kind, text }: Credential): string {
  return createHash('sha256').update(`${kind}:${text}`).digest('base64url');
}
