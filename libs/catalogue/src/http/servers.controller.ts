import type { Readable } from 'node:stream';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FoundRegistry } from '@portolan/access';
import { CurrentCtx, CurrentRegistry, Requires } from '@portolan/access/http';
import type { Ctx } from '@portolan/kernel';
import { serverResponseText } from '@portolan/mcp-spec';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ListVersions } from '../versions/list-versions.query';
import { versionBatches } from '../versions/version-batches';
import { JsonText, streamed } from './json-text';
import { setCaching } from './pages/page';
import { Questions, versionsOf } from './pages/questions';
import { Reads } from './pages/reads';
import { Remembered } from './pages/remembered.decorator';
import { READ_PATHS } from './sub-api-paths';
import type { QueryString, ServerParams } from './sub-api-params';

const ENCODED = 'servers/:serverName';
const UNENCODED = 'servers/:serverNamespace/:serverName';

/** Reads of the MCP Registry API of one registry. */
@ApiExcludeController()
@Controller(READ_PATHS)
export class ServersController {
  constructor(
    private readonly questions: Questions,
    private readonly reads: Reads,
    private readonly listVersions: ListVersions,
  ) {}

  @Get('servers')
  @Requires('version:list')
  @Remembered('servers')
  @JsonText()
  async list(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined | null> {
    return this.reads.answer({ ctx, request, registry }, reply, this.questions.of('servers', registry.id, request));
  }

  @Get([`${ENCODED}/versions`, `${UNENCODED}/versions`])
  @Requires('version:list')
  @Remembered('versions')
  @JsonText()
  async versions(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | Readable | undefined> {
    const question = this.questions.of('versions', registry.id, request);
    const whole = await this.reads.answer({ ctx, request, registry }, reply, question);
    if (whole !== null) return whole;
    const server = versionsOf(registry.id, request.params as ServerParams, request.query as QueryString);
    const first = await this.listVersions.run(ctx, server, null);
    setCaching(reply, registry);
    return streamed(
      '{"servers":[',
      versionBatches(this.listVersions, ctx, server, first),
      serverResponseText,
      (count) => `],"metadata":{"count":${count}}}`,
    );
  }

  @Get([`${ENCODED}/versions/:version`, `${UNENCODED}/versions/:version`])
  @Requires('version:read')
  @Remembered('version')
  @JsonText()
  async version(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined | null> {
    return this.reads.answer({ ctx, request, registry }, reply, this.questions.of('version', registry.id, request));
  }
}
