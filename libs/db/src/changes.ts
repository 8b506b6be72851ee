import { performance } from 'node:perf_hooks';

/** Channel on which the database tells what has changed (migration 0021). */
export const CHANGES_CHANNEL = 'portolan_changes';

/** What a note says when nothing that was known before it may be believed. */
const EVERYTHING = '*';
const TOPICS_MAX = 100_000;
/** Longest time for which nobody has to hear that the line is dead. */
export const HEARD_WITHIN_MS = 1_000;

/** A moment in the order of changes as this process hears of them. */
export type Moment = number;

/** Whatever decides who may do what in an organization: its members, roles, credentials, settings, its registries' names. */
export const organizationTopic = (orgId: string): string => `o:${orgId}`;

/** Whatever a registry holds. */
export const registryTopic = (registryId: string): string => `r:${registryId}`;

/** Where notes come from. */
export interface ChangeSource {
  /** Resolves once all notes of what was committed before have been taken in, or the line is known to be lost. */
  settled(): Promise<void>;
}

/**
 * What has changed in the database since when, so that what was read before may be kept. Whoever keeps something asks for
 * the moment before he reads it, and whether its topics are unchanged since then each time before he uses it.
 */
export class Changes {
  private latest: Moment = 1;
  /** Nothing is known of what was before. */
  private floor: Moment = 1;
  private readonly changed = new Map<string, Moment>();
  private heardUntilMs = -Infinity;
  private distrustedUntilMs = -Infinity;
  private source: ChangeSource | null = null;

  constructor(private readonly nowMs: () => number = () => performance.now()) {}

  /** The moment; null while changes are not heard of: what is read now must not be kept. */
  moment(): Moment | null {
    return this.isHeard() ? this.latest : null;
  }

  /** False also when nobody can tell. */
  isUnchanged(since: Moment, topic: string): boolean {
    if (since < this.floor || !this.isHeard()) return false;
    const changed = this.changed.get(topic);
    return changed === undefined || changed <= since;
  }

  /** True while the line to the database is known to be whole. */
  isHeard(): boolean {
    return this.nowMs() < this.heardUntilMs;
  }

  /** Resolves once this process knows of everything that was committed before the call. */
  settled(): Promise<void> {
    return this.source?.settled() ?? Promise.resolve();
  }

  /** For the line: what notes come from. */
  attach(source: ChangeSource): void {
    this.source = source;
  }

  /** For the line: a note has come. */
  note(topic: string): void {
    if (topic === EVERYTHING || this.changed.size >= TOPICS_MAX) this.forget();
    if (topic !== EVERYTHING) this.changed.set(topic, ++this.latest);
  }

  /** For the line: notes may have been missed. */
  forget(): void {
    this.changed.clear();
    this.floor = ++this.latest;
  }

  /** For the line: whatever was committed before `sentMs` has been heard of. */
  heard(sentMs: number): void {
    if (sentMs > this.distrustedUntilMs) this.heardUntilMs = sentMs + HEARD_WITHIN_MS;
  }

  /** For the line: something may have been committed before `momentMs` that has not been heard of. */
  distrust(momentMs: number): void {
    this.distrustedUntilMs = Math.max(this.distrustedUntilMs, momentMs);
    this.heardUntilMs = -Infinity;
  }

  /** For the line: it is lost. */
  lost(): void {
    this.heardUntilMs = -Infinity;
  }
}
