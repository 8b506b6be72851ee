import { Injectable } from '@nestjs/common';
import { RememberedAdmission, type Admitted } from '@portolan/access/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Encoding } from './encoding';
import { answerOf, encodingFor, type Page } from './page';
import { keyOfRequest, type ReadKind } from './read-keys';
import { Reads } from './reads';
import { rememberedKindOf } from './remembered.decorator';

interface Found {
  readonly admitted: Admitted;
  readonly page: Page;
  readonly encoding: Encoding;
}

const PERMISSIONS = {
  servers: 'version:list',
  versions: 'version:list',
  version: 'version:read',
  latest: 'version:read',
} as const;

/**
 * Answers a read whose caller and page are both in memory, before the framework begins: that is most of what agents and
 * IDEs ask for. Whatever is not certain here goes the usual way, which decides everything anew.
 */
@Injectable()
export class RememberedReads {
  constructor(
    private readonly admission: RememberedAdmission,
    private readonly reads: Reads,
  ) {}

  /**
   * @param headers of every answer of this API, name and value in turn
   * @param pass is called when the request has to go the usual way
   */
  answer(request: FastifyRequest, reply: FastifyReply, headers: readonly string[], pass: () => void): void {
    const kind = request.method === 'GET' ? rememberedKindOf(request) : undefined;
    const found = kind === undefined ? null : this.find(request, kind);
    if (found === null) {
      pass();
      return;
    }
    // The usual way refuses him, too, and tells him his limit.
    const go = (isTaken: boolean) => {
      if (isTaken) this.send(request, reply, headers, found);
      else pass();
    };
    const taken = this.admission.take(request, found.admitted);
    if (typeof taken === 'boolean') go(taken);
    else void taken.then(go);
  }

  // Past Fastify's own way to answer, which looks at each header twice and asks hooks that have nothing to say here.
  private send(request: FastifyRequest, reply: FastifyReply, headers: readonly string[], found: Found): void {
    const { admitted, page, encoding } = found;
    const { status, headers: ofPage, body } = answerOf(request, admitted.registry, page, encoding);
    this.admission.note(request, admitted);
    this.reads.countHit();
    reply.hijack();
    const length = body === undefined ? [] : ['Content-Length', String(body.length)];
    reply.raw.writeHead(status, [...headers, ...ofPage, 'Content-Type', 'application/json', ...length]);
    reply.raw.end(body);
  }

  private find(request: FastifyRequest, kind: ReadKind): Found | null {
    const admitted = this.admission.find(request, PERMISSIONS[kind]);
    if (admitted === null) return null;
    const page = this.reads.find(admitted.registry, keyOf(request, kind, admitted.registry.id));
    if (page === undefined || page === 'missing') return null;
    const encoding = encodingFor(request, page);
    return page[encoding] === undefined ? null : { admitted, page, encoding };
  }
}

// What is not well formed is refused by the usual way.
function keyOf(request: FastifyRequest, kind: ReadKind, registryId: string): string {
  try {
    return keyOfRequest(kind, registryId, request);
  } catch {
    return '';
  }
}
