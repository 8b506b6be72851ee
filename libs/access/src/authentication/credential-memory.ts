import { hash } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { Injectable } from '@nestjs/common';
import { Changes, organizationTopic, type Moment } from '@portolan/db';
import { roomFor } from '@portolan/kernel';
import { LRUCache } from 'lru-cache';
import type { NamedRegistry, Opened } from './authenticate-capability-url.query';
import type { Credential, Presented } from './credential';
import type { SignedIn } from './signed-in';

const CREDENTIALS_MAX = 10_000;
/** Each is looked up so often at least: that is also how it is known when one was last used. */
const KEPT_FOR_MS = 60_000;

interface Entry<T> {
  readonly caller: T;
  readonly since: Moment;
  readonly untilMs: number;
}

/** When something began to be looked up. */
export interface Before {
  /** Null: changes were not heard then, so nothing of it is kept. */
  readonly since: Moment | null;
  /** Of the clock that is never set. */
  readonly atMs: number;
}

/** Callers by a key, until something changes in their organization, their credential expires, or a minute is over. */
class Callers<T extends SignedIn> {
  private readonly entries = new LRUCache<string, Entry<T>>(roomFor(CREDENTIALS_MAX));

  constructor(private readonly changes: Changes) {}

  find(key: string): T | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined || performance.now() >= entry.untilMs) return undefined;
    return this.changes.isUnchanged(entry.since, organizationTopic(entry.caller.orgId)) ? entry.caller : undefined;
  }

  /** @param before when `caller` began to be looked up: from then on its credential is good for as long as it says */
  keep(key: string, { since, atMs }: Before, caller: T): void {
    const forMs = Math.min(caller.goodForMs ?? KEPT_FOR_MS, KEPT_FOR_MS);
    if (since !== null && forMs > 0) this.entries.set(key, { caller, since, untilMs: atMs + forMs });
  }
}

/** Whom credentials turned out to be. By their hashes: what memory holds is no credential. Only good ones are kept. */
@Injectable()
export class CredentialMemory {
  readonly signedIn: Callers<SignedIn>;
  readonly opened: Callers<Opened>;

  constructor(private readonly changes: Changes) {
    this.signedIn = new Callers(changes);
    this.opened = new Callers(changes);
  }

  /** To be asked for before a lookup whose answer is to be kept. */
  before(): Before {
    return { since: this.changes.moment(), atMs: performance.now() };
  }
}

/** Where a credential is shown. */
export type ShownAt = Pick<Presented, 'address' | 'organization' | 'registry'>;

/** What a credential is remembered by: the address that it comes from decides, too. */
export function keyOfCredential({ kind, text }: Credential, { address, organization, registry }: ShownAt): string {
  // Whom a JWT speaks for depends on where it is shown; of other credentials the place says nothing.
  const place =
    kind === 'jwt' ? [organization, registry?.id, registry?.org_name, registry?.name, registry?.visibility] : [];
  return `${kind} ${hashOf(text)} ${address} ${place.join('/')}`;
}

/** What a capability URL is remembered by: its secret is good below the names of one registry only. */
export function keyOfUrl(secret: string, { organization, identifier }: NamedRegistry, address: string): string {
  return `${hashOf(secret)} ${address} ${organization ?? ''}/${identifier}`;
}

function hashOf(text: string): string {
  return hash('sha256', text, 'base64');
}
