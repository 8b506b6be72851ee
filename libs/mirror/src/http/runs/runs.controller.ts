import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiListQuery, ApiProblem, CurrentCtx, CurrentRegistry, Requires } from '@portolan/access/http';
import { parseListQuery, type Ctx, type PageMeta } from '@portolan/kernel';
import type { FastifyReply } from 'fastify';
import { CreateRun } from '../../runs/create-run.service';
import { GetRun } from '../../runs/get-run.query';
import { ListRunItems } from '../../runs/list-run-items.query';
import { ListRuns } from '../../runs/list-runs.query';
import type { RunItemRow } from '../../runs/run-item-row';
import { RUN_FIELDS, type RunRow } from '../../runs/run-row';
import { RunItemListDto } from './run-item.dto';
import { ApiRunItemsPage, runItemsMeta, runItemsRequest } from './run-item-params';
import { ApiRegistryIdentifier, pathOfRun, RUN_PATHS, type Registry } from './run-paths';
import { CreateRunDto, RunDto, RunListDto } from './run.dto';

const NEWEST_FIRST = 'requested_at desc';

/** What mirrors did when, and what became of each version. */
@ApiTags('Mirror runs')
@Controller(RUN_PATHS)
export class RunsController {
  constructor(
    private readonly listRuns: ListRuns,
    private readonly getRun: GetRun,
    private readonly listRunItems: ListRunItems,
    private readonly createRun: CreateRun,
  ) {}

  @Post()
  @HttpCode(202)
  @Requires('mirror:run')
  @ApiRegistryIdentifier()
  @ApiOperation({
    operationId: 'create-mirror-run',
    summary: 'Ask for a run, or for a dry run that tells what a run would do',
  })
  @ApiAcceptedResponse({
    type: RunDto,
    headers: { Location: { description: 'Path of the run.', schema: { type: 'string' } } },
  })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  @ApiProblem(503)
  async create(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: Registry,
    @Param('mirrorId') mirrorId: string,
    @Body() { mode = 'incremental', dry_run: dryRun = false }: CreateRunDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<RunRow> {
    const row = await this.createRun.execute(ctx, registry.id, mirrorId, { mode, dryRun });
    void reply.header('Location', pathOfRun(registry, row.mirror_id, row.id));
    return row;
  }

  @Get()
  @Requires('mirror:read')
  @ApiRegistryIdentifier()
  @ApiOperation({ operationId: 'list-mirror-runs', summary: 'The runs of a mirror, newest first' })
  @ApiListQuery(RUN_FIELDS, NEWEST_FIRST)
  @ApiOkResponse({ type: RunListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  list(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: Registry,
    @Param('mirrorId') mirrorId: string,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<{ data: RunRow[]; meta: PageMeta }> {
    return this.listRuns.run(ctx, registry.id, mirrorId, parseListQuery(query, RUN_FIELDS, NEWEST_FIRST));
  }

  @Get(':runId')
  @Requires('mirror:read')
  @ApiRegistryIdentifier()
  @ApiOperation({ operationId: 'get-mirror-run', summary: 'One run and how far it has come' })
  @ApiOkResponse({ type: RunDto })
  @ApiProblem(404)
  get(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: Registry,
    @Param('mirrorId') mirrorId: string,
    @Param('runId') id: string,
  ): Promise<RunRow> {
    return this.getRun.run(ctx, registry.id, mirrorId, id);
  }

  @Get(':runId/items')
  @Requires('mirror:read')
  @ApiRegistryIdentifier()
  @ApiOperation({
    operationId: 'list-mirror-run-items',
    summary: 'What became of each version in a run; unchanged and filtered ones are counted only',
  })
  @ApiRunItemsPage()
  @ApiOkResponse({ type: RunItemListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  async items(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: Registry,
    @Param('mirrorId') mirrorId: string,
    @Param('runId') id: string,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<{ data: readonly RunItemRow[]; meta: unknown }> {
    const request = runItemsRequest(query);
    const { rows, next } = await this.listRunItems.run(ctx, registry.id, mirrorId, id, request);
    const path = `${pathOfRun(registry, mirrorId, id)}/items`;
    return { data: rows, meta: runItemsMeta(path, query, request.pageSize, next) };
  }
}
