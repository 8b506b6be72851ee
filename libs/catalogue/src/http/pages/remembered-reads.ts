import { Injectable, Logger } from '@nestjs/common';
import { RememberedAdmission, type Admitted } from '@portolan/access/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Encoding } from './encoding';
import { answerOf, encodingFor, type Page } from './page';
import { Questions, type Question, type ReadKind } from './questions';
import { Reads } from './reads';
import { rememberedKindOf } from './remembered.decorator';

/** A read of somebody who is known. */
interface Known {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly admitted: Admitted;
  readonly question: Question;
  /** Headers of every answer of this API, name and value in turn; asked for when it goes out. */
  readonly headers: () => readonly string[];
}

const PERMISSIONS = {
  servers: 'version:list',
  versions: 'version:list',
  version: 'version:read',
  latest: 'version:read',
} as const;

/**
 * Answers a read whose caller is in memory before the framework begins: that is most of what agents and IDEs ask for. The
 * page comes from memory, too, or else from the database. Whatever is not certain here goes the usual way, which decides
 * everything anew.
 */
@Injectable()
export class RememberedReads {
  private readonly logger = new Logger(RememberedReads.name);

  constructor(
    private readonly admission: RememberedAdmission,
    private readonly questions: Questions,
    private readonly reads: Reads,
  ) {}

  /**
   * @param headers of every answer of this API, name and value in turn; asked for when it goes out
   * @param pass is called when the request has to go the usual way
   */
  answer(request: FastifyRequest, reply: FastifyReply, headers: () => readonly string[], pass: () => void): void {
    const kind = request.method === 'GET' ? rememberedKindOf(request) : undefined;
    const admitted = kind === undefined ? null : this.admission.find(request, PERMISSIONS[kind]);
    const question = admitted === null || kind === undefined ? null : this.questionOf(kind, admitted, request);
    const page = admitted === null || question === null ? 'missing' : this.reads.find(admitted.registry, question.key);
    if (admitted === null || question === null || page === 'missing') {
      pass();
      return;
    }
    const known: Known = { request, reply, admitted, question, headers };
    // Nobody else hears of what goes wrong later, and an answer may have begun.
    const drop = (error: unknown) => {
      this.logger.error('a read was not answered', error instanceof Error ? error.stack : String(error));
      reply.raw.destroy();
    };
    // The usual way refuses him, too, and tells him his limit.
    const go = (isTaken: boolean) => {
      if (!isTaken) pass();
      else if (page !== undefined && page[encodingFor(request, page)] !== undefined) {
        this.reads.countHit();
        this.send(known, page, encodingFor(request, page));
      } else this.ask(known, page, pass).catch(drop);
    };
    const taken = this.admission.take(request, admitted);
    if (typeof taken === 'boolean') go(taken);
    else taken.then(go).catch(drop);
  }

  // An answer that is no page, such as that there is nothing, is given by the usual way.
  private async ask(known: Known, kept: Page | undefined, pass: () => void): Promise<void> {
    const found = await this.find(known, kept);
    if (found === null) {
      this.admission.passTaken(known.request);
      pass();
      return;
    }
    if (kept) this.reads.countHit();
    this.send(known, found.page, found.encoding);
  }

  private async find(
    { request, admitted, question }: Known,
    kept: Page | undefined,
  ): Promise<{ readonly page: Page; readonly encoding: Encoding } | null> {
    const { registry } = admitted;
    try {
      const ctx = this.admission.contextOf(request, admitted);
      const page = kept ?? (await this.reads.read({ ctx, request, registry }, question));
      return page && { page, encoding: await this.reads.encoded(request, registry, question, page) };
    } catch {
      // The usual way finds the same, and says why.
      return null;
    }
  }

  // Past Fastify's own way to answer, which looks at each header twice and asks hooks that have nothing to say here.
  private send({ request, reply, admitted, headers }: Known, page: Page, encoding: Encoding): void {
    const { status, headers: ofPage, body } = answerOf(request, admitted.registry, page, encoding);
    this.admission.note(request, admitted);
    reply.hijack();
    const length = body === undefined ? [] : ['Content-Length', String(body.length)];
    reply.raw.writeHead(status, [...headers(), ...ofPage, 'Content-Type', 'application/json', ...length]);
    reply.raw.end(body);
  }

  // What is not well formed is refused by the usual way.
  private questionOf(kind: ReadKind, { registry }: Admitted, request: FastifyRequest): Question | null {
    try {
      return this.questions.of(kind, registry.id, request);
    } catch {
      return null;
    }
  }
}
