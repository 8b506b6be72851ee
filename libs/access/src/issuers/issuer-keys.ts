import { Logger } from '@nestjs/common';
import type { Egress } from '@portolan/egress';
import { LRUCache } from 'lru-cache';
import { readKeySet, type IssuerKey } from './jwk';
import { parseStrictObject, type JsonObject } from './strict-json';

const ISSUERS_MAX = 1_000;
const SOFT_TTL_MS = 10 * 60_000;
// Asked for in the background a little before they are due, so that requests need not wait.
const REFRESH_AFTER_MS = 8 * 60_000;
const HARD_TTL_MS = 24 * 3_600_000;
const UNKNOWN_KID_MS = 60_000;
const RETRY_MS = 10_000;
const DOCUMENT_BYTES_MAX = 256 * 1024;
const NO_KEYS: ReadonlyMap<string, IssuerKey> = new Map();

interface KnownIssuer {
  keys: ReadonlyMap<string, IssuerKey>;
  /** Milliseconds of the clock, as all of these; null: never. */
  fetchedAt: number | null;
  /** When keys were asked for in vain, null after they were had. */
  failedAt: number | null;
  askedForUnknownAt: number | null;
  /** One at a time; never rejects. */
  refreshing: Promise<void> | null;
}

/**
 * The keys of issuers, by OIDC discovery and JWKS, kept in memory. What is removed from an issuer's set is no key of it
 * after ten minutes, and a minute more for whoever has just shown what it signed; while the issuer cannot be reached, or shows an empty set, the last good keys hold for a day.
 */
export class IssuerKeys {
  private readonly logger = new Logger(IssuerKeys.name);
  private readonly issuers = new LRUCache<string, KnownIssuer>({ max: ISSUERS_MAX });

  /** @param now milliseconds since 1970, by which tokens and keys age */
  constructor(
    private readonly egress: Pick<Egress, 'fetch'>,
    readonly now: () => number = Date.now,
  ) {}

  /** The key of that name, or null when the issuer has none or cannot be asked. Never rejects. */
  async find(issuerUrl: string, kid: string): Promise<IssuerKey | null> {
    const issuer = this.issuer(issuerUrl);
    await this.keepFresh(issuer, issuerUrl);
    if (issuer.keys.size > 0 && !issuer.keys.has(kid)) await this.askForUnknown(issuer, issuerUrl, kid);
    return issuer.keys.get(kid) ?? null;
  }

  private async keepFresh(issuer: KnownIssuer, issuerUrl: string): Promise<void> {
    const age = this.age(issuer.fetchedAt);
    if (age >= HARD_TTL_MS) issuer.keys = NO_KEYS;
    if (age < REFRESH_AFTER_MS) return;
    const failing = issuer.failedAt !== null;
    if (issuer.refreshing === null && this.age(issuer.failedAt) < RETRY_MS) return;
    const refreshed = this.refresh(issuer, issuerUrl);
    // Nobody waits a second time for an issuer that does not answer, as long as there are keys of it.
    if (issuer.keys.size === 0 || (age >= SOFT_TTL_MS && !failing)) await refreshed;
  }

  // An issuer may use a new key at any time; how often it is asked must not be up to whoever makes up names of keys.
  private async askForUnknown(issuer: KnownIssuer, issuerUrl: string, kid: string): Promise<void> {
    await issuer.refreshing;
    if (issuer.keys.has(kid)) return;
    if (this.age(issuer.askedForUnknownAt) >= UNKNOWN_KID_MS) {
      issuer.askedForUnknownAt = this.now();
      void this.refresh(issuer, issuerUrl);
    }
    await issuer.refreshing;
  }

  private refresh(issuer: KnownIssuer, issuerUrl: string): Promise<void> {
    const startedAt = this.now();
    issuer.refreshing ??= this.load(issuerUrl)
      .then(
        (keys) => {
          Object.assign(issuer, { keys, fetchedAt: startedAt, failedAt: null });
        },
        (error: unknown) => {
          issuer.failedAt = this.now();
          this.logger.warn(`no keys of ${issuerUrl}: ${error instanceof Error ? error.message : String(error)}`);
        },
      )
      .finally(() => {
        issuer.refreshing = null;
      });
    return issuer.refreshing;
  }

  private async load(issuerUrl: string): Promise<ReadonlyMap<string, IssuerKey>> {
    const discovery = await this.read(`${issuerUrl.replace(/\/$/, '')}/.well-known/openid-configuration`);
    if (discovery['issuer'] !== issuerUrl) throw new Error('its discovery document is that of another issuer');
    const { jwks_uri: keySetUrl } = discovery;
    if (typeof keySetUrl !== 'string') throw new Error('its discovery document names no key set');
    const keys = readKeySet(await this.read(keySetUrl));
    if (keys.size === 0) throw new Error('its key set holds no key that verifies signatures');
    return keys;
  }

  private async read(url: string): Promise<JsonObject> {
    const { status, bytes } = await this.egress.fetch(url, {
      headers: { accept: 'application/json' },
      maxBytes: DOCUMENT_BYTES_MAX,
    });
    if (status !== 200) throw new Error(`it answered with status ${status}`);
    return parseStrictObject(bytes);
  }

  private issuer(issuerUrl: string): KnownIssuer {
    const known = this.issuers.get(issuerUrl);
    if (known) return known;
    const issuer = { keys: NO_KEYS, fetchedAt: null, failedAt: null, askedForUnknownAt: null, refreshing: null };
    this.issuers.set(issuerUrl, issuer);
    return issuer;
  }

  private age(time: number | null): number {
    return time === null ? Infinity : this.now() - time;
  }
}
