import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import type { Page } from '../../list-page';
import { ListMemberTeams } from '../../teams/list-member-teams.query';
import { TEAM_FIELDS, type TeamRow } from '../../teams/team-row';
import { CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { TeamListDto } from './team.dto';

@ApiTags('Teams')
@Controller('v0')
export class MemberTeamsController {
  constructor(private readonly listMemberTeams: ListMemberTeams) {}

  @Get('users/:userId/teams')
  @Requires('identity:read')
  @ApiOperation({ operationId: 'list-user-teams', summary: 'The teams that a user is in' })
  @ApiListQuery(TEAM_FIELDS, 'name')
  @ApiOkResponse({ type: TeamListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  ofUser(
    @CurrentCtx() ctx: Ctx,
    @Param('userId') id: string,
    @Query() query: Record<string, unknown>,
  ): Promise<Page<TeamRow>> {
    return this.listMemberTeams.run(ctx, { type: 'user', id }, parseListQuery(query, TEAM_FIELDS, 'name'));
  }

  @Get('system-accounts/:accountId/teams')
  @Requires('identity:read')
  @ApiOperation({ operationId: 'list-system-account-teams', summary: 'The teams that a system account is in' })
  @ApiListQuery(TEAM_FIELDS, 'name')
  @ApiOkResponse({ type: TeamListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  ofSystemAccount(
    @CurrentCtx() ctx: Ctx,
    @Param('accountId') id: string,
    @Query() query: Record<string, unknown>,
  ): Promise<Page<TeamRow>> {
    return this.listMemberTeams.run(ctx, { type: 'system_account', id }, parseListQuery(query, TEAM_FIELDS, 'name'));
  }
}
