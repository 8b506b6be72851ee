import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { Access } from '@portolan/access';
import { ApiListQuery, ApiProblem, CurrentAccess, CurrentCtx, CurrentRegistry, Requires } from '@portolan/access/http';
import { parseListQuery, type Ctx, type PageMeta } from '@portolan/kernel';
import { CreateMirror } from '../../mirrors/create-mirror.service';
import { DeleteMirror } from '../../mirrors/delete-mirror.service';
import { GetMirror } from '../../mirrors/get-mirror.query';
import { ListMirrors } from '../../mirrors/list-mirrors.query';
import { MIRROR_FIELDS, type MirrorRow } from '../../mirrors/mirror-row';
import { UpdateMirror } from '../../mirrors/update-mirror.service';
import { mirrorChangeOf, newMirrorOf } from './mirror-body';
import { CreateMirrorDto, MirrorDto, MirrorListDto, UpdateMirrorDto } from './mirror.dto';
import { ApiVersionsChoice, versionsChoiceOf } from './versions-choice';

const PATHS = ['v0/registries', 'v0/mcp-registries'].map((base) => `${base}/:registryIdentifier/mirrors`);

const ApiIdentifier = () => ApiParam({ name: 'registryIdentifier', description: 'Id or name of the registry.' });

interface Registry {
  readonly id: string;
}

/** What a registry takes from upstreams, and when. */
@ApiTags('Mirrors')
@Controller(PATHS)
export class MirrorsController {
  constructor(
    private readonly listMirrors: ListMirrors,
    private readonly getMirror: GetMirror,
    private readonly createMirror: CreateMirror,
    private readonly updateMirror: UpdateMirror,
    private readonly deleteMirror: DeleteMirror,
  ) {}

  @Post()
  @Requires('mirror:edit')
  @ApiIdentifier()
  @ApiOperation({
    operationId: 'create-mirror',
    summary: 'Mirror an upstream into a registry; the first run begins at once',
  })
  @ApiCreatedResponse({ type: MirrorDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  create(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @CurrentRegistry() registry: Registry,
    @Body() input: CreateMirrorDto,
  ): Promise<MirrorRow> {
    return this.createMirror.execute(ctx, access, registry.id, newMirrorOf(input));
  }

  @Get()
  @Requires('mirror:read')
  @ApiIdentifier()
  @ApiOperation({
    operationId: 'list-mirrors',
    summary: 'The mirrors of a registry, those first that win a name which several offer',
  })
  @ApiListQuery(MIRROR_FIELDS, 'position')
  @ApiOkResponse({ type: MirrorListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  list(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: Registry,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<{ data: MirrorRow[]; meta: PageMeta }> {
    return this.listMirrors.run(ctx, registry.id, parseListQuery(query, MIRROR_FIELDS, 'position'));
  }

  @Get(':mirrorId')
  @Requires('mirror:read')
  @ApiIdentifier()
  @ApiOperation({ operationId: 'get-mirror', summary: 'One mirror, with its last run and how old its data is' })
  @ApiOkResponse({ type: MirrorDto })
  @ApiProblem(404)
  get(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: Registry,
    @Param('mirrorId') id: string,
  ): Promise<MirrorRow> {
    return this.getMirror.run(ctx, registry.id, id);
  }

  @Patch(':mirrorId')
  @Requires('mirror:edit')
  @ApiIdentifier()
  @ApiOperation({
    operationId: 'update-mirror',
    summary: 'Change, disable or enable a mirror; after other filters everything is compared once more',
  })
  @ApiOkResponse({ type: MirrorDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(503)
  update(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @CurrentRegistry() registry: Registry,
    @Param('mirrorId') id: string,
    @Body() input: UpdateMirrorDto,
  ): Promise<MirrorRow> {
    return this.updateMirror.execute(ctx, access, registry.id, id, mirrorChangeOf(input));
  }

  @Delete(':mirrorId')
  @HttpCode(204)
  @Requires('mirror:edit')
  @ApiIdentifier()
  @ApiOperation({
    operationId: 'delete-mirror',
    summary: 'Delete a mirror with its runs, and keep or remove the versions that it brought',
  })
  @ApiVersionsChoice()
  @ApiNoContentResponse()
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(503)
  async delete(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: Registry,
    @Param('mirrorId') id: string,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await this.deleteMirror.execute(ctx, registry.id, id, versionsChoiceOf(query));
  }
}
