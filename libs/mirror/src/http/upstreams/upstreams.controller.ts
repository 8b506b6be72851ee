import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiListQuery, ApiProblem, CurrentCtx, Limited, Requires } from '@portolan/access/http';
import { parseListQuery, type Ctx, type PageMeta } from '@portolan/kernel';
import type { ConnectionReport } from '../../upstreams/connection-checks';
import { CreateUpstream } from '../../upstreams/create-upstream.service';
import { DeleteUpstream } from '../../upstreams/delete-upstream.service';
import { GetUpstream } from '../../upstreams/get-upstream.query';
import { ListUpstreams } from '../../upstreams/list-upstreams.query';
import { TestNewUpstream } from '../../upstreams/test-new-upstream.service';
import { TestUpstream } from '../../upstreams/test-upstream.service';
import { UpdateUpstream } from '../../upstreams/update-upstream.service';
import { UPSTREAM_FIELDS, type UpstreamRow } from '../../upstreams/upstream-row';
import { newUpstreamOf, upstreamChangeOf } from './upstream-body';
import {
  ConnectionReportDto,
  CreateUpstreamDto,
  UpdateUpstreamDto,
  UpstreamDto,
  UpstreamListDto,
} from './upstream.dto';

/** The registries elsewhere that an organization mirrors. */
@ApiTags('Upstreams')
@Controller('v0/upstreams')
export class UpstreamsController {
  constructor(
    private readonly listUpstreams: ListUpstreams,
    private readonly getUpstream: GetUpstream,
    private readonly createUpstream: CreateUpstream,
    private readonly updateUpstream: UpdateUpstream,
    private readonly deleteUpstream: DeleteUpstream,
    private readonly testUpstream: TestUpstream,
    private readonly testNewUpstream: TestNewUpstream,
  ) {}

  @Post()
  @Requires('upstream:edit')
  @ApiOperation({ operationId: 'create-upstream', summary: 'Name a registry elsewhere that can be mirrored' })
  @ApiCreatedResponse({ type: UpstreamDto })
  @ApiProblem(400)
  @ApiProblem(409)
  @ApiProblem(422)
  @ApiProblem(503)
  create(@CurrentCtx() ctx: Ctx, @Body() input: CreateUpstreamDto): Promise<UpstreamRow> {
    return this.createUpstream.execute(ctx, newUpstreamOf(input));
  }

  @Get()
  @Requires('upstream:read')
  @ApiOperation({ operationId: 'list-upstreams', summary: 'The registries elsewhere that can be mirrored' })
  @ApiListQuery(UPSTREAM_FIELDS, 'name')
  @ApiOkResponse({ type: UpstreamListDto })
  @ApiProblem(400)
  list(
    @CurrentCtx() ctx: Ctx,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<{ data: UpstreamRow[]; meta: PageMeta }> {
    return this.listUpstreams.run(ctx, parseListQuery(query, UPSTREAM_FIELDS, 'name'));
  }

  @Post('test')
  @HttpCode(200)
  @Requires('upstream:edit')
  @Limited('export')
  @ApiOperation({
    operationId: 'test-new-upstream',
    summary: 'Test the connection to an upstream before it is stored, and store nothing',
  })
  @ApiOkResponse({ type: ConnectionReportDto })
  @ApiProblem(400)
  testNew(@CurrentCtx() ctx: Ctx, @Body() input: CreateUpstreamDto): Promise<ConnectionReport> {
    return this.testNewUpstream.execute(ctx, newUpstreamOf(input));
  }

  @Get(':upstreamId')
  @Requires('upstream:read')
  @ApiOperation({ operationId: 'get-upstream', summary: 'One upstream' })
  @ApiOkResponse({ type: UpstreamDto })
  @ApiProblem(404)
  get(@CurrentCtx() ctx: Ctx, @Param('upstreamId') id: string): Promise<UpstreamRow> {
    return this.getUpstream.run(ctx, id);
  }

  @Patch(':upstreamId')
  @Requires('upstream:edit')
  @ApiOperation({
    operationId: 'update-upstream',
    summary: 'Change, enable or disable an upstream; what is absent stays',
  })
  @ApiOkResponse({ type: UpstreamDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  @ApiProblem(422)
  @ApiProblem(503)
  update(
    @CurrentCtx() ctx: Ctx,
    @Param('upstreamId') id: string,
    @Body() input: UpdateUpstreamDto,
  ): Promise<UpstreamRow> {
    return this.updateUpstream.execute(ctx, id, upstreamChangeOf(input));
  }

  @Delete(':upstreamId')
  @HttpCode(204)
  @Requires('upstream:edit')
  @ApiOperation({
    operationId: 'delete-upstream',
    summary: 'Remove an upstream that no registry mirrors, with its credentials',
  })
  @ApiNoContentResponse()
  @ApiProblem(404)
  @ApiProblem(409)
  async delete(@CurrentCtx() ctx: Ctx, @Param('upstreamId') id: string): Promise<void> {
    await this.deleteUpstream.execute(ctx, id);
  }

  @Post(':upstreamId/test')
  @HttpCode(200)
  @Requires('upstream:edit')
  @Limited('export')
  @ApiOperation({
    operationId: 'test-upstream',
    summary: 'Ask an upstream what a mirror will ask, and tell how each question went',
  })
  @ApiOkResponse({ type: ConnectionReportDto })
  @ApiProblem(404)
  test(@CurrentCtx() ctx: Ctx, @Param('upstreamId') id: string): Promise<ConnectionReport> {
    return this.testUpstream.execute(ctx, id);
  }
}
