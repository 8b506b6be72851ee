import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FoundRegistry } from '@portolan/access';
import { CurrentCtx, CurrentRegistry, Requires } from '@portolan/access/http';
import type { Ctx } from '@portolan/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { JsonText } from './json-text';
import { Questions } from './pages/questions';
import { Reads } from './pages/reads';
import { Remembered } from './pages/remembered.decorator';
import { V0_PATHS } from './sub-api-paths';

/** `GET /v0/servers/{name}`, which older clients still ask for the latest version. */
@ApiExcludeController()
@Controller(V0_PATHS)
export class LegacyServersController {
  constructor(
    private readonly questions: Questions,
    private readonly reads: Reads,
  ) {}

  @Get(['servers/:serverName', 'servers/:serverNamespace/:serverName'])
  @Requires('version:read')
  @Remembered('latest')
  @JsonText()
  async latest(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined | null> {
    return this.reads.answer({ ctx, request, registry }, reply, this.questions.of('latest', registry.id, request));
  }
}
