import { Controller, Get, Param, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FoundRegistry } from '@portolan/access';
import { CurrentCtx, CurrentRegistry, Requires } from '@portolan/access/http';
import type { Ctx } from '@portolan/kernel';
import { serverResponseText } from '@portolan/mcp-spec';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GetVersion } from '../versions/get-version.query';
import { cacheable, JsonText } from './json-text';
import { V0_PATHS } from './sub-api-paths';
import { serverNameOf, type ServerParams } from './sub-api-params';

/** `GET /v0/servers/{name}`, which older clients still ask for the latest version. */
@ApiExcludeController()
@Controller(V0_PATHS)
export class LegacyServersController {
  constructor(private readonly getVersion: GetVersion) {}

  @Get(['servers/:serverName', 'servers/:serverNamespace/:serverName'])
  @Requires('version:read')
  @JsonText()
  async latest(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Param() params: ServerParams,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const row = await this.getVersion.run(ctx, registry.id, serverNameOf(params), 'latest', false);
    return cacheable(request, reply, registry, serverResponseText(row));
  }
}
