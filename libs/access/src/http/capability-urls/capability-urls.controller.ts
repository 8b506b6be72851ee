import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { parseListQuery, type Ctx, type PageMeta } from '@portolan/kernel';
import { CAPABILITY_URL_FIELDS, type CapabilityUrlRow } from '../../capability-urls/capability-url-row';
import { CreateCapabilityUrl, type ShownCapabilityUrl } from '../../capability-urls/create-capability-url.service';
import { GetCapabilityUrl } from '../../capability-urls/get-capability-url.query';
import { ListCapabilityUrls } from '../../capability-urls/list-capability-urls.query';
import { RevokeCapabilityUrl } from '../../capability-urls/revoke-capability-url.service';
import type { FoundRegistry } from '../../find-registry.query';
import { CurrentCtx, CurrentRegistry } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { newCapabilityUrlOf } from './capability-url-body';
import {
  CapabilityUrlDto,
  CapabilityUrlListDto,
  CreateCapabilityUrlDto,
  NewCapabilityUrlDto,
} from './capability-url.dto';

const PATHS = ['v0/registries', 'v0/mcp-registries'].map((base) => `${base}/:registryIdentifier/capability-urls`);

const ApiIdentifier = () => ApiParam({ name: 'registryIdentifier', description: 'Id or name of the registry.' });

/** URLs that carry their own right to read a registry, for clients that cannot send a credential. */
@ApiTags('Capability URLs')
@Controller(PATHS)
export class CapabilityUrlsController {
  constructor(
    private readonly listCapabilityUrls: ListCapabilityUrls,
    private readonly getCapabilityUrl: GetCapabilityUrl,
    private readonly createCapabilityUrl: CreateCapabilityUrl,
    private readonly revokeCapabilityUrl: RevokeCapabilityUrl,
  ) {}

  @Post()
  @Requires('capability_url:edit')
  @ApiIdentifier()
  @ApiOperation({
    operationId: 'create-capability-url',
    summary: 'Create a URL that opens a registry for reading without a credential; its secret is shown once',
  })
  @ApiCreatedResponse({ type: NewCapabilityUrlDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  create(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Body() input: CreateCapabilityUrlDto,
  ): Promise<ShownCapabilityUrl> {
    return this.createCapabilityUrl.execute(ctx, registry, newCapabilityUrlOf(input));
  }

  @Get()
  @Requires('capability_url:read')
  @ApiIdentifier()
  @ApiOperation({
    operationId: 'list-capability-urls',
    summary: 'The capability URLs of a registry without their secrets, revoked ones too',
  })
  @ApiListQuery(CAPABILITY_URL_FIELDS, 'name')
  @ApiOkResponse({ type: CapabilityUrlListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  list(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<{ data: CapabilityUrlRow[]; meta: PageMeta }> {
    return this.listCapabilityUrls.run(ctx, registry.id, parseListQuery(query, CAPABILITY_URL_FIELDS, 'name'));
  }

  @Get(':capabilityUrlId')
  @Requires('capability_url:read')
  @ApiIdentifier()
  @ApiOperation({ operationId: 'get-capability-url', summary: 'One capability URL without its secret' })
  @ApiOkResponse({ type: CapabilityUrlDto })
  @ApiProblem(404)
  get(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Param('capabilityUrlId') id: string,
  ): Promise<CapabilityUrlRow> {
    return this.getCapabilityUrl.run(ctx, registry.id, id);
  }

  @Delete(':capabilityUrlId')
  @HttpCode(204)
  @Requires('capability_url:edit')
  @ApiIdentifier()
  @ApiOperation({ operationId: 'revoke-capability-url', summary: 'Revoke a capability URL; it stays in the list' })
  @ApiNoContentResponse()
  @ApiProblem(404)
  async revoke(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Param('capabilityUrlId') id: string,
  ): Promise<void> {
    await this.revokeCapabilityUrl.execute(ctx, registry.id, id);
  }
}
