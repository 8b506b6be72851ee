import { Injectable } from '@nestjs/common';
import type { FoundRegistry } from '@portolan/access';
import { Changes, registryTopic, type Moment } from '@portolan/db';
import { AppError } from '@portolan/kernel';
import { Metrics } from '@portolan/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerOf, encode, encodingFor, pageOf, respond, type Page } from './page';
import { PageMemory, type Kept } from './page-memory';

/** One read as it came in. */
export interface Asked {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly registry: FoundRegistry;
  /** What it is remembered by inside its registry. */
  readonly key: string;
}

/** Null where the answer is too long for a page. */
type Found = Page | null;

interface UnderWay {
  readonly since: Moment;
  readonly found: Promise<Found>;
}

/** Answers reads of a registry: from memory, else from the database, once for all who ask for the same at that time. */
@Injectable()
export class Reads {
  private readonly underWay = new Map<string, UnderWay>();
  private readonly hits;
  private readonly misses;

  constructor(
    private readonly changes: Changes,
    private readonly memory: PageMemory,
    metrics: Metrics,
  ) {
    this.hits = metrics.counter(
      'portolan_page_cache_hits_total',
      'Reads of registries that were answered from memory.',
    );
    this.misses = metrics.counter('portolan_page_cache_misses_total', 'Reads of registries that asked the database.');
    metrics.gauge('portolan_page_cache_bytes', 'Memory that pages of registries take up.', () => memory.bytes);
  }

  /** What is remembered for a read. */
  find(registry: FoundRegistry, key: string): Kept | undefined {
    return this.memory.find(registry, key);
  }

  /** Counts an answer from memory. */
  countHit(): void {
    this.hits.inc();
  }

  /**
   * Sets the headers of the answer and gives its body, if it has one.
   *
   * @param load reads the text of the page; null, for an answer that is too long for one, is also what comes back then
   * @throws AppError what `load` throws
   */
  answer(asked: Asked, load: () => Promise<string>): Promise<Buffer | undefined>;
  answer(asked: Asked, load: () => Promise<string | null>): Promise<Buffer | undefined | null>;
  async answer(
    { request, reply, registry, key }: Asked,
    load: () => Promise<string | null>,
  ): Promise<Buffer | undefined | null> {
    const kept = this.find(registry, key);
    if (kept !== undefined) this.countHit();
    if (kept === 'missing') throw new AppError('server_not_found');
    const page = kept ?? (await this.read(registry, key, load));
    if (page === null) return null;
    const encoding = encodingFor(request, page);
    if (page[encoding] === undefined) {
      await encode(page, encoding);
      this.memory.grown(registry, key, page);
    }
    return respond(reply, answerOf(request, registry, page, encoding));
  }

  private read(registry: FoundRegistry, key: string, load: () => Promise<string | null>): Promise<Found> {
    this.misses.inc();
    const since = this.changes.moment();
    const id = registry.id + key;
    const known = this.underWay.get(id);
    // What was begun before a change that this caller may know of is not for him.
    if (known && this.changes.isUnchanged(known.since, registryTopic(registry.id))) return known.found;
    const found = this.load(registry, key, since, load).finally(() => {
      if (this.underWay.get(id)?.found === found) this.underWay.delete(id);
    });
    if (since !== null) this.underWay.set(id, { since, found });
    return found;
  }

  private async load(
    registry: FoundRegistry,
    key: string,
    since: Moment | null,
    load: () => Promise<string | null>,
  ): Promise<Found> {
    try {
      const text = await load();
      if (text === null) return null;
      const page = pageOf(text);
      this.memory.keep(registry, key, since, page);
      return page;
    } catch (error) {
      if (error instanceof AppError && error.code === 'server_not_found')
        this.memory.keep(registry, key, since, 'missing');
      throw error;
    }
  }
}
