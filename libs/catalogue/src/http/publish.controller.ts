import type { Readable } from 'node:stream';
import { Body, Controller, Delete, Param, Patch, Post, Put } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Access, FoundRegistry } from '@portolan/access';
import { CurrentAccess, CurrentCtx, CurrentRegistry, Requires } from '@portolan/access/http';
import type { Ctx } from '@portolan/kernel';
import { serverResponseText } from '@portolan/mcp-spec';
import { ChangeServerStatus } from '../versions/change-server-status.service';
import { ChangeVersionStatus } from '../versions/change-version-status.service';
import { EditVersion } from '../versions/edit-version.service';
import { ListVersions } from '../versions/list-versions.query';
import { PublishVersion } from '../versions/publish-version.service';
import { versionBatches } from '../versions/version-batches';
import { body, JsonText, streamed } from './json-text';
import { parseServerBody } from './server-body';
import { parseStatusBody } from './status-body';
import { VERSIONED_PATHS } from './sub-api-paths';
import { serverNameOf, versionOf, type ServerParams } from './sub-api-params';

const SERVER = ['servers/:serverName', 'servers/:serverNamespace/:serverName'];
const VERSION = SERVER.map((path) => `${path}/versions/:version`);

/** Writes of the MCP Registry API of one registry. */
@ApiExcludeController()
@Controller(VERSIONED_PATHS)
export class PublishController {
  constructor(
    private readonly publishVersion: PublishVersion,
    private readonly editVersion: EditVersion,
    private readonly changeVersionStatus: ChangeVersionStatus,
    private readonly changeServerStatus: ChangeServerStatus,
    private readonly listVersions: ListVersions,
  ) {}

  @Post('publish')
  @Requires('version:create')
  @JsonText()
  async publish(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Body() raw: unknown,
  ): Promise<Buffer> {
    const { document, text } = parseServerBody(raw);
    return body(
      serverResponseText(await this.publishVersion.execute(ctx, { registryId: registry.id, document, text })),
    );
  }

  @Put(VERSION)
  @Requires('version:edit')
  @JsonText()
  async edit(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Param() params: ServerParams,
    @Body() raw: unknown,
  ): Promise<Buffer> {
    const { document, text } = parseServerBody(raw);
    const target = { registryId: registry.id, name: serverNameOf(params), version: versionOf(params) };
    return body(serverResponseText(await this.editVersion.execute(ctx, { ...target, document, text })));
  }

  @Delete(VERSION)
  @Requires('version:delete')
  @JsonText()
  async delete(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Param() params: ServerParams,
  ): Promise<Buffer> {
    const row = await this.changeVersionStatus.execute(ctx, {
      registryId: registry.id,
      name: serverNameOf(params),
      version: versionOf(params),
      status: 'deleted',
      statusMessage: null,
      mayDelete: true,
      byDelete: true,
    });
    return body(serverResponseText(row));
  }

  @Patch(VERSION.map((path) => `${path}/status`))
  @Requires('version:edit')
  @JsonText()
  async versionStatus(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @CurrentRegistry() registry: FoundRegistry,
    @Param() params: ServerParams,
    @Body() raw: unknown,
  ): Promise<Buffer> {
    const row = await this.changeVersionStatus.execute(ctx, {
      registryId: registry.id,
      name: serverNameOf(params),
      version: versionOf(params),
      ...parseStatusBody(raw),
      mayDelete: access.can('version:delete', registry.id),
      byDelete: false,
    });
    return body(serverResponseText(row));
  }

  @Patch(SERVER.map((path) => `${path}/status`))
  @Requires('version:edit')
  @JsonText()
  async serverStatus(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @CurrentRegistry() registry: FoundRegistry,
    @Param() params: ServerParams,
    @Body() raw: unknown,
  ): Promise<Readable> {
    const name = serverNameOf(params);
    const updatedCount = await this.changeServerStatus.execute(ctx, {
      registryId: registry.id,
      name,
      ...parseStatusBody(raw),
      mayDelete: access.can('version:delete', registry.id),
    });
    const server = { registryId: registry.id, name, includeDeleted: true };
    const first = await this.listVersions.run(ctx, server, null);
    return streamed(
      `{"updatedCount":${updatedCount},"servers":[`,
      versionBatches(this.listVersions, ctx, server, first),
      serverResponseText,
      () => ']}',
    );
  }
}
