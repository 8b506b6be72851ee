import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiListQuery, ApiProblem, CurrentCtx, Requires } from '@portolan/access/http';
import { invalidParameter, parseListQuery, type Ctx, type PageMeta } from '@portolan/kernel';
import type { FastifyReply } from 'fastify';
import { CreateReplay } from '../../destinations/create-replay.service';
import { DeleteReplay } from '../../destinations/delete-replay.service';
import { GetReplay } from '../../destinations/get-replay.query';
import { ListReplays } from '../../destinations/list-replays.query';
import { REPLAY_FIELDS, type ReplayRow } from '../../destinations/replay-row';
import { CreateReplayDto, ReplayDto, ReplayListDto } from './replay.dto';

const PATH = 'v0/audit-log-destinations';
const NEWEST_FIRST = 'created_at desc';

/** What is sent to a destination once more. */
@ApiTags('Audit log destinations')
@Controller(`${PATH}/:destinationId/replays`)
export class ReplaysController {
  constructor(
    private readonly listReplays: ListReplays,
    private readonly getReplay: GetReplay,
    private readonly createReplay: CreateReplay,
    private readonly deleteReplay: DeleteReplay,
  ) {}

  @Post()
  @HttpCode(202)
  @Requires('audit_log:edit')
  @ApiOperation({
    operationId: 'create-audit-log-replay',
    summary: 'Send what happened in a range of time once more, as far as it is sealed by now',
  })
  @ApiAcceptedResponse({
    type: ReplayDto,
    headers: { Location: { description: 'Path of the replay.', schema: { type: 'string' } } },
  })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  async create(
    @CurrentCtx() ctx: Ctx,
    @Param('destinationId') destinationId: string,
    @Body() input: CreateReplayDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ReplayRow> {
    if (Date.parse(input.end_at) <= Date.parse(input.start_at)) throw endsTooEarly();
    const row = await this.createReplay.execute(ctx, destinationId, { startAt: input.start_at, endAt: input.end_at });
    void reply.header('Location', `/${PATH}/${destinationId}/replays/${row.id}`);
    return row;
  }

  @Get()
  @Requires('audit_log:list')
  @ApiOperation({ operationId: 'list-audit-log-replays', summary: 'The replays of a destination, newest first' })
  @ApiListQuery(REPLAY_FIELDS, NEWEST_FIRST)
  @ApiOkResponse({ type: ReplayListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  list(
    @CurrentCtx() ctx: Ctx,
    @Param('destinationId') destinationId: string,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<{ data: ReplayRow[]; meta: PageMeta }> {
    return this.listReplays.run(ctx, destinationId, parseListQuery(query, REPLAY_FIELDS, NEWEST_FIRST));
  }

  @Get(':replayId')
  @Requires('audit_log:list')
  @ApiOperation({ operationId: 'get-audit-log-replay', summary: 'One replay and how far it has come' })
  @ApiOkResponse({ type: ReplayDto })
  @ApiProblem(404)
  get(
    @CurrentCtx() ctx: Ctx,
    @Param('destinationId') destinationId: string,
    @Param('replayId') id: string,
  ): Promise<ReplayRow> {
    return this.getReplay.run(ctx, destinationId, id);
  }

  @Delete(':replayId')
  @HttpCode(204)
  @Requires('audit_log:edit')
  @ApiOperation({ operationId: 'delete-audit-log-replay', summary: 'Stop a replay, or forget one that has ended' })
  @ApiNoContentResponse()
  @ApiProblem(404)
  async delete(
    @CurrentCtx() ctx: Ctx,
    @Param('destinationId') destinationId: string,
    @Param('replayId') id: string,
  ): Promise<void> {
    await this.deleteReplay.execute(ctx, destinationId, id);
  }
}

function endsTooEarly(): Error {
  return invalidParameter({
    field: 'end_at',
    rule: 'min',
    reason: 'end_at must be later than start_at',
    source: 'body',
  });
}
