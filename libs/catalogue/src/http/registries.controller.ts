import { Body, Controller, Delete, Get, HttpCode, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Access, FoundRegistry } from '@portolan/access';
import {
  ApiForce,
  ApiListQuery,
  ApiProblem,
  CurrentAccess,
  CurrentCtx,
  CurrentRegistry,
  forceOf,
  Requires,
} from '@portolan/access/http';
import { parseListQuery, type Ctx, type PageMeta } from '@portolan/kernel';
import { CreateRegistry } from '../registries/create-registry.service';
import { DeleteRegistry } from '../registries/delete-registry.service';
import { GetRegistry } from '../registries/get-registry.query';
import { ListRegistries } from '../registries/list-registries.query';
import { REGISTRY_FIELDS, type ShownRegistry } from '../registries/registry-row';
import { UpdateRegistry } from '../registries/update-registry.service';
import { CreateRegistryDto, RegistryDto, RegistryListDto, UpdateRegistryDto } from './registry.dto';

type QueryString = Readonly<Record<string, unknown>>;

const ApiIdentifier = () => ApiParam({ name: 'registryIdentifier', description: 'Id or name of the registry.' });

@ApiTags('Registries')
@Controller(['v0/registries', 'v0/mcp-registries'])
export class RegistriesController {
  constructor(
    private readonly listRegistries: ListRegistries,
    private readonly getRegistry: GetRegistry,
    private readonly createRegistry: CreateRegistry,
    private readonly updateRegistry: UpdateRegistry,
    private readonly deleteRegistry: DeleteRegistry,
  ) {}

  @Post()
  @Requires('registry:create')
  @ApiOperation({ operationId: 'create-registry', summary: 'Create a registry; its creator becomes its Admin' })
  @ApiCreatedResponse({ type: RegistryDto })
  @ApiProblem(400)
  @ApiProblem(409)
  create(@CurrentCtx() ctx: Ctx, @Body() input: CreateRegistryDto): Promise<ShownRegistry> {
    return this.createRegistry.execute(ctx, {
      name: input.name,
      displayName: input.display_name ?? null,
      description: input.description ?? null,
      labels: input.labels ?? {},
      visibility: input.visibility ?? 'private',
    });
  }

  @Get()
  @Requires('self:read')
  @ApiOperation({ operationId: 'list-registries', summary: 'The registries that the caller may see' })
  @ApiListQuery(REGISTRY_FIELDS, 'display_name')
  @ApiOkResponse({ type: RegistryListDto })
  @ApiProblem(400)
  list(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Query() query: QueryString,
  ): Promise<{ data: ShownRegistry[]; meta: PageMeta }> {
    return this.listRegistries.run(ctx, access, parseListQuery(query, REGISTRY_FIELDS, 'display_name'));
  }

  @Get(':registryIdentifier')
  @Requires('registry:read')
  @ApiIdentifier()
  @ApiOperation({ operationId: 'get-registry', summary: 'One registry' })
  @ApiOkResponse({ type: RegistryDto })
  @ApiProblem(404)
  get(@CurrentCtx() ctx: Ctx, @CurrentRegistry() registry: FoundRegistry): Promise<ShownRegistry> {
    return this.getRegistry.run(ctx, registry.id);
  }

  @Patch(':registryIdentifier')
  @Requires('registry:edit')
  @ApiIdentifier()
  @ApiOperation({ operationId: 'update-registry', summary: 'Change a registry; what is absent stays' })
  @ApiOkResponse({ type: RegistryDto })
  @ApiProblem(400)
  @ApiProblem(404)
  update(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Body() input: UpdateRegistryDto,
  ): Promise<ShownRegistry> {
    return this.updateRegistry.execute(ctx, registry.id, {
      ...(input.display_name === undefined ? {} : { displayName: input.display_name }),
      ...(input.description === undefined ? {} : { description: input.description }),
      ...(input.labels === undefined ? {} : { labels: input.labels }),
      ...(input.visibility === undefined ? {} : { visibility: input.visibility }),
    });
  }

  @Delete(':registryIdentifier')
  @HttpCode(204)
  @Requires('registry:delete')
  @ApiIdentifier()
  @ApiForce('Delete the versions it holds, too.')
  @ApiOperation({ operationId: 'delete-registry', summary: 'Delete a registry' })
  @ApiNoContentResponse()
  @ApiProblem(404)
  @ApiProblem(409)
  async delete(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: FoundRegistry,
    @Query() query: QueryString,
  ): Promise<void> {
    await this.deleteRegistry.execute(ctx, registry.id, forceOf(query));
  }
}
