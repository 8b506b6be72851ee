import { Injectable } from '@nestjs/common';
import { RememberedAdmission, type Admitted } from '@portolan/access/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Encoding } from './encoding';
import { encodingFor, respond, type Page } from './page';
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
   * @param headers of every answer of this API, which are not set yet
   * @param pass is called when the request has to go the usual way
   */
  answer(
    request: FastifyRequest,
    reply: FastifyReply,
    headers: Readonly<Record<string, string>>,
    pass: () => void,
  ): void {
    const kind = request.method === 'GET' ? rememberedKindOf(request) : undefined;
    const found = kind === undefined ? null : this.find(request, kind);
    if (found === null) {
      pass();
      return;
    }
    const send = () => {
      const body = respond(request, reply, found.admitted.registry, found.page, found.encoding);
      this.admission.note(request, found.admitted);
      this.reads.countHit();
      void reply.headers(headers).header('Content-Type', 'application/json').send(body);
    };
    // The usual way refuses him, too, and tells him his limit.
    this.admission.take(request, found.admitted).then(send, pass);
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
