import type { Readable } from 'node:stream';
import { Controller, Get, Param, Query, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FoundRegistry } from '@portolan/access';
import { CurrentCtx, CurrentRegistry, Requires } from '@portolan/access/http';
import type { Ctx } from '@portolan/kernel';
import { serverListText, serverResponseText, versionsListText } from '@portolan/mcp-spec';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { GetVersion } from '../versions/get-version.query';
import { ListServers } from '../versions/list-servers.query';
import { ListVersions } from '../versions/list-versions.query';
import { versionBatches } from '../versions/version-batches';
import { cacheable, JsonText, setCaching, streamed } from './json-text';
import { READ_PATHS } from './sub-api-paths';
import {
  includeDeletedOf,
  serverNameOf,
  serversRequest,
  versionOf,
  type QueryString,
  type ServerParams,
} from './sub-api-params';

const ENCODED = 'servers/:serverName';
const UNENCODED = 'servers/:serverNamespace/:serverName';

/** Reads of the MCP Registry API of one registry. */
@ApiExcludeController()
@Controller(READ_PATHS)
export class ServersController {
  constructor(
    private readonly listServers: ListServers,
    private readonly listVersions: ListVersions,
    private readonly getVersion: GetVersion,
  ) {}

  @Get('servers')
  @Requires('version:list')
  @JsonText()
  async list(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Query() query: QueryString,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const page = await this.listServers.run(ctx, serversRequest(registry.id, query));
    return cacheable(request, reply, registry, serverListText(page.rows, page.nextCursor));
  }

  @Get([`${ENCODED}/versions`, `${UNENCODED}/versions`])
  @Requires('version:list')
  @JsonText()
  async versions(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Param() params: ServerParams,
    @Query() query: QueryString,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | Readable> {
    const server = { registryId: registry.id, name: serverNameOf(params), includeDeleted: includeDeletedOf(query) };
    const first = await this.listVersions.run(ctx, server, null);
    if (!first.more) return cacheable(request, reply, registry, versionsListText(first.rows));
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
  @JsonText()
  async version(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Param() params: ServerParams,
    @Query() query: QueryString,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer> {
    const includeDeleted = includeDeletedOf(query);
    const row = await this.getVersion.run(ctx, registry.id, serverNameOf(params), versionOf(params), includeDeleted);
    return cacheable(request, reply, registry, serverResponseText(row));
  }
}
