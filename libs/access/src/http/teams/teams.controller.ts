import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import type { Page } from '../../list-page';
import type { Access } from '../../rbac/access';
import { CreateTeam } from '../../teams/create-team.service';
import { DeleteTeam } from '../../teams/delete-team.service';
import { GetTeam } from '../../teams/get-team.query';
import { ListTeams } from '../../teams/list-teams.query';
import { TEAM_FIELDS, type TeamRow } from '../../teams/team-row';
import { UpdateTeam } from '../../teams/update-team.service';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { CreateTeamDto, TeamDto, TeamListDto, UpdateTeamDto } from './team.dto';

@ApiTags('Teams')
@Controller('v0/teams')
export class TeamsController {
  constructor(
    private readonly listTeams: ListTeams,
    private readonly getTeam: GetTeam,
    private readonly createTeam: CreateTeam,
    private readonly updateTeam: UpdateTeam,
    private readonly deleteTeam: DeleteTeam,
  ) {}

  @Post()
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'create-team', summary: 'Create a team' })
  @ApiCreatedResponse({ type: TeamDto })
  @ApiProblem(400)
  create(@CurrentCtx() ctx: Ctx, @Body() input: CreateTeamDto): Promise<TeamRow> {
    return this.createTeam.execute(ctx, {
      name: input.name,
      description: input.description ?? null,
      labels: input.labels ?? {},
    });
  }

  @Get()
  @Requires('identity:read')
  @ApiOperation({ operationId: 'list-teams', summary: 'The teams of the organization' })
  @ApiListQuery(TEAM_FIELDS, 'name')
  @ApiOkResponse({ type: TeamListDto })
  @ApiProblem(400)
  list(@CurrentCtx() ctx: Ctx, @Query() query: Record<string, unknown>): Promise<Page<TeamRow>> {
    return this.listTeams.run(ctx, parseListQuery(query, TEAM_FIELDS, 'name'));
  }

  @Get(':teamId')
  @Requires('identity:read')
  @ApiOperation({ operationId: 'get-team', summary: 'One team' })
  @ApiOkResponse({ type: TeamDto })
  @ApiProblem(404)
  get(@CurrentCtx() ctx: Ctx, @Param('teamId') teamId: string): Promise<TeamRow> {
    return this.getTeam.run(ctx, teamId);
  }

  @Patch(':teamId')
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'update-team', summary: 'Change a team; what is absent stays' })
  @ApiOkResponse({ type: TeamDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  update(@CurrentCtx() ctx: Ctx, @Param('teamId') teamId: string, @Body() input: UpdateTeamDto): Promise<TeamRow> {
    return this.updateTeam.execute(ctx, teamId, {
      ...(input.name === undefined ? {} : { name: input.name }),
      ...(input.description === undefined ? {} : { description: input.description }),
      ...(input.labels === undefined ? {} : { labels: input.labels }),
    });
  }

  @Delete(':teamId')
  @HttpCode(204)
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'delete-team', summary: 'Delete a team, with what it gave its members' })
  @ApiNoContentResponse()
  @ApiProblem(404)
  @ApiProblem(409)
  async delete(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('teamId') teamId: string,
  ): Promise<void> {
    await this.deleteTeam.execute(ctx, access, teamId);
  }
}
