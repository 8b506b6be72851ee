import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FoundRegistry } from '@portolan/access';
import { CurrentCtx, CurrentRegistry, Requires } from '@portolan/access/http';
import type { Ctx } from '@portolan/kernel';
import { serverResponseText } from '@portolan/mcp-spec';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GetVersion } from '../versions/get-version.query';
import { JsonText } from './json-text';
import { keyOfVersion } from './pages/read-keys';
import { Reads } from './pages/reads';
import { Remembered } from './pages/remembered.decorator';
import { V0_PATHS } from './sub-api-paths';
import { serverNameOf, type ServerParams } from './sub-api-params';

/** `GET /v0/servers/{name}`, which older clients still ask for the latest version. */
@ApiExcludeController()
@Controller(V0_PATHS)
export class LegacyServersController {
  constructor(
    private readonly getVersion: GetVersion,
    private readonly reads: Reads,
  ) {}

  @Get(['servers/:serverName', 'servers/:serverNamespace/:serverName'])
  @Requires('version:read')
  @Remembered('latest')
  @JsonText()
  async latest(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Param() params: ServerParams,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const name = serverNameOf(params);
    return this.reads.answer({ request, reply, registry, key: keyOfVersion(name, 'latest', false) }, async () =>
      serverResponseText(await this.getVersion.run(ctx, registry.id, name, 'latest', false)),
    );
  }
}
