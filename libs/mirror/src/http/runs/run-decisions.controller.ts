import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiProblem, CurrentCtx, CurrentRegistry, Requires } from '@portolan/access/http';
import type { Ctx } from '@portolan/kernel';
import { CancelRun } from '../../runs/cancel-run.service';
import { RefuseRun } from '../../runs/refuse-run.service';
import { ReleaseRun } from '../../runs/release-run.service';
import type { RunRow } from '../../runs/run-row';
import { ApiRegistryIdentifier, RUN_PATHS, type Registry } from './run-paths';
import { RunDto } from './run.dto';

/** What people decide about a run. */
@ApiTags('Mirror runs')
@Controller(RUN_PATHS)
export class RunDecisionsController {
  constructor(
    private readonly cancelRun: CancelRun,
    private readonly releaseRun: ReleaseRun,
    private readonly refuseRun: RefuseRun,
  ) {}

  @Post(':runId/cancel')
  @HttpCode(200)
  @Requires('mirror:run')
  @ApiRegistryIdentifier()
  @ApiOperation({
    operationId: 'cancel-mirror-run',
    summary: 'Cancel a run; one that is under way ends a little later and changes nothing any more',
  })
  @ApiOkResponse({ type: RunDto })
  @ApiProblem(404)
  @ApiProblem(409)
  @ApiProblem(503)
  cancel(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: Registry,
    @Param('mirrorId') mirrorId: string,
    @Param('runId') id: string,
  ): Promise<RunRow> {
    return this.cancelRun.execute(ctx, registry.id, mirrorId, id);
  }

  @Post(':runId/release')
  @HttpCode(200)
  @Requires('mirror:run')
  @ApiRegistryIdentifier()
  @ApiOperation({
    operationId: 'release-mirror-run',
    summary: 'Release a held run: it does what it was held for, by what the upstream was then',
  })
  @ApiOkResponse({ type: RunDto })
  @ApiProblem(404)
  @ApiProblem(409)
  @ApiProblem(503)
  release(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: Registry,
    @Param('mirrorId') mirrorId: string,
    @Param('runId') id: string,
  ): Promise<RunRow> {
    return this.releaseRun.execute(ctx, registry.id, mirrorId, id);
  }

  @Post(':runId/refuse')
  @HttpCode(200)
  @Requires('mirror:run')
  @ApiRegistryIdentifier()
  @ApiOperation({
    operationId: 'refuse-mirror-run',
    summary: 'Refuse a held run: the registry stays as it is until the upstream changes again',
  })
  @ApiOkResponse({ type: RunDto })
  @ApiProblem(404)
  @ApiProblem(409)
  @ApiProblem(503)
  refuse(
    @CurrentCtx() ctx: Ctx,
    @CurrentRegistry() registry: Registry,
    @Param('mirrorId') mirrorId: string,
    @Param('runId') id: string,
  ): Promise<RunRow> {
    return this.refuseRun.execute(ctx, registry.id, mirrorId, id);
  }
}
