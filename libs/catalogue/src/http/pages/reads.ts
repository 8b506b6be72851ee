import { Injectable } from '@nestjs/common';
import type { FoundRegistry } from '@portolan/access';
import { Changes, registryTopic, type Moment } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { Metrics } from '@portolan/telemetry';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Encoding } from './encoding';
import { answerOf, encode, encodingFor, pageOf, respond, type Page } from './page';
import { PageMemory, type Kept } from './page-memory';
import type { Question } from './questions';

/** One read as it came in. */
export interface Asked {
  readonly ctx: Ctx;
  readonly request: FastifyRequest;
  readonly registry: FoundRegistry;
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
  private readonly asked = new WeakMap<FastifyRequest, { readonly id: string; readonly found: Promise<Found> }>();
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
   * Sets the headers of the answer and gives its body, if it has one; null for an answer that is too long for one page.
   *
   * @throws AppError what the question's `load` throws
   */
  async answer(asked: Asked, reply: FastifyReply, question: Question): Promise<Buffer | undefined | null> {
    const { request, registry } = asked;
    const kept = this.find(registry, question.key);
    if (kept !== undefined) this.countHit();
    if (kept === 'missing') throw new AppError('server_not_found');
    const page = kept ?? (await this.read(asked, question));
    if (page === null) return null;
    const encoding = await this.encoded(request, registry, question, page);
    return respond(reply, answerOf(request, registry, page, encoding));
  }

  /** Makes the encoding of a page that the caller likes best, unless it is there. */
  async encoded(request: FastifyRequest, registry: FoundRegistry, { key }: Question, page: Page): Promise<Encoding> {
    const encoding = encodingFor(request, page);
    if (page[encoding] === undefined) {
      await encode(page, encoding);
      this.memory.grown(registry, key, page);
    }
    return encoding;
  }

  /**
   * Asks the database, once for a request and together with all who ask for the same at that time. Null for an answer that
   * is too long for a page.
   *
   * @throws AppError what the question's `load` throws
   */
  read({ ctx, request, registry }: Asked, question: Question): Promise<Found> {
    const id = registry.id + question.key;
    const before = this.asked.get(request);
    if (before?.id === id) return before.found;
    const found = this.readTogether(ctx, registry, question, id);
    this.asked.set(request, { id, found });
    return found;
  }

  private readTogether(ctx: Ctx, registry: FoundRegistry, question: Question, id: string): Promise<Found> {
    this.misses.inc();
    const since = this.changes.moment();
    const known = this.underWay.get(id);
    // What was begun before a change that this caller may know of is not for him.
    if (known && this.changes.isUnchanged(known.since, registryTopic(registry.id))) return known.found;
    const found = this.load(ctx, registry, question, since).finally(() => {
      if (this.underWay.get(id)?.found === found) this.underWay.delete(id);
    });
    if (since !== null) this.underWay.set(id, { since, found });
    return found;
  }

  private async load(ctx: Ctx, registry: FoundRegistry, { key, load }: Question, since: Moment | null): Promise<Found> {
    try {
      const text = await load(ctx);
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
