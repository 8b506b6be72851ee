import type { FoundRegistry } from '@portolan/access';
import { type Changes, type Moment, registryTopic } from '@portolan/db';
import { roomFor } from '@portolan/kernel';
import { LRUCache } from 'lru-cache';
import { sizeOf, type Page } from './page';

/** What an entry costs besides the bytes of its page: objects, the key, what the allocator rounds up to. */
const ENTRY_BYTES = 512;
const ORGANIZATIONS_MAX = 10_000;

/** A page, or that there is nothing of that name. */
export type Kept = Page | 'missing';

interface Entry {
  readonly kept: Kept;
  readonly since: Moment;
}

type Place = Pick<FoundRegistry, 'org_id' | 'id'>;

/**
 * Pages by registry and what was asked for, each valid until its registry changes. Of what there is room for one
 * organization gets half; beyond all of it that organization loses its oldest pages which has asked for none the longest.
 */
export class PageMemory {
  // The least recently used first to go, both of organizations and of pages.
  private readonly organizations = new LRUCache<string, LRUCache<string, Entry>>({
    ...roomFor(ORGANIZATIONS_MAX),
    dispose: (pages) => {
      this.used -= pages.calculatedSize;
    },
  });
  private used = 0;

  /** @param bytesMax 0 keeps nothing */
  constructor(
    private readonly changes: Changes,
    private readonly bytesMax: number,
  ) {}

  /** Bytes that are taken up. */
  get bytes(): number {
    return this.used;
  }

  find({ org_id: orgId, id }: Place, key: string): Kept | undefined {
    const pages = this.organizations.get(orgId);
    const entry = pages?.get(id + key);
    if (entry === undefined) return undefined;
    return this.changes.isUnchanged(entry.since, registryTopic(id)) ? entry.kept : undefined;
  }

  /** @param since the moment before it was read; null keeps nothing */
  keep({ org_id: orgId, id }: Place, key: string, since: Moment | null, kept: Kept): void {
    if (since !== null && this.bytesMax > 0) this.set(orgId, id + key, { since, kept });
  }

  /** Counts a page anew that has got an encoding. */
  grown({ org_id: orgId, id }: Place, key: string, page: Page): void {
    const entry = this.organizations.get(orgId)?.get(id + key);
    if (entry?.kept === page) this.set(orgId, id + key, { ...entry });
  }

  private set(orgId: string, key: string, entry: Entry): void {
    let pages = this.organizations.get(orgId);
    if (pages === undefined) this.organizations.set(orgId, (pages = this.pagesOfOne()));
    const before = pages.calculatedSize;
    pages.set(key, entry);
    this.used += pages.calculatedSize - before;
    this.makeRoom();
  }

  private pagesOfOne(): LRUCache<string, Entry> {
    return new LRUCache({
      maxSize: Math.ceil(this.bytesMax / 2),
      sizeCalculation: ({ kept }, key) => ENTRY_BYTES + key.length + (kept === 'missing' ? 0 : sizeOf(kept)),
    });
  }

  private makeRoom(): void {
    for (const orgId of this.organizations.rkeys()) {
      const pages = this.organizations.peek(orgId);
      while (this.used > this.bytesMax && pages !== undefined && pages.size > 0) {
        const before = pages.calculatedSize;
        pages.pop();
        this.used -= before - pages.calculatedSize;
      }
      if (this.used <= this.bytesMax) return;
      this.organizations.delete(orgId);
    }
  }
}
