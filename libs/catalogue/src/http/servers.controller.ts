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
import { ListVersions, type VersionsBatch } from '../versions/list-versions.query';
import { versionBatches } from '../versions/version-batches';
import { JsonText, streamed } from './json-text';
import { setCaching } from './pages/page';
import { keyOfServers, keyOfVersion, keyOfVersions } from './pages/read-keys';
import { Reads } from './pages/reads';
import { Remembered } from './pages/remembered.decorator';
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
    private readonly reads: Reads,
  ) {}

  @Get('servers')
  @Requires('version:list')
  @Remembered('servers')
  @JsonText()
  async list(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Query() query: QueryString,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const asked = serversRequest(registry.id, query);
    return this.reads.answer({ request, reply, registry, key: keyOfServers(asked) }, async () => {
      const { rows, nextCursor } = await this.listServers.run(ctx, asked);
      return serverListText(rows, nextCursor);
    });
  }

  @Get([`${ENCODED}/versions`, `${UNENCODED}/versions`])
  @Requires('version:list')
  @Remembered('versions')
  @JsonText()
  async versions(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Param() params: ServerParams,
    @Query() query: QueryString,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | Readable | undefined> {
    const server = { registryId: registry.id, name: serverNameOf(params), includeDeleted: includeDeletedOf(query) };
    const asked = { request, reply, registry, key: keyOfVersions(server.name, server.includeDeleted) };
    let first: VersionsBatch | undefined;
    const whole = await this.reads.answer(asked, async () => {
      first = await this.listVersions.run(ctx, server, null);
      return first.more ? null : versionsListText(first.rows);
    });
    if (whole !== null) return whole;
    first ??= await this.listVersions.run(ctx, server, null);
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
    @Param() params: ServerParams,
    @Query() query: QueryString,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Buffer | undefined> {
    const [name, version, includeDeleted] = [serverNameOf(params), versionOf(params), includeDeletedOf(query)];
    return this.reads.answer({ request, reply, registry, key: keyOfVersion(name, version, includeDeleted) }, async () =>
      serverResponseText(await this.getVersion.run(ctx, registry.id, name, version, includeDeleted)),
    );
  }
}
