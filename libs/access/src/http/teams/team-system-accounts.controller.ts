import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import type { Page } from '../../list-page';
import type { Access } from '../../rbac/access';
import { SYSTEM_ACCOUNT_FIELDS, type SystemAccountRow } from '../../system-accounts/system-account-row';
import { AddTeamMember } from '../../teams/add-team-member.service';
import { ListTeamSystemAccounts } from '../../teams/list-team-system-accounts.query';
import type { MemberRow } from '../../teams/member';
import { RemoveTeamMember } from '../../teams/remove-team-member.service';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { SystemAccountDto, SystemAccountListDto } from '../system-accounts/system-account.dto';
import { AddTeamMemberDto } from './team-member.dto';

@ApiTags('Teams')
@Controller('v0/teams/:teamId/system-accounts')
export class TeamSystemAccountsController {
  constructor(
    private readonly listTeamSystemAccounts: ListTeamSystemAccounts,
    private readonly addTeamMember: AddTeamMember,
    private readonly removeTeamMember: RemoveTeamMember,
  ) {}

  @Get()
  @Requires('identity:read')
  @ApiOperation({ operationId: 'list-team-system-accounts', summary: 'The system accounts in a team' })
  @ApiListQuery(SYSTEM_ACCOUNT_FIELDS, 'name')
  @ApiOkResponse({ type: SystemAccountListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  list(
    @CurrentCtx() ctx: Ctx,
    @Param('teamId') teamId: string,
    @Query() query: Record<string, unknown>,
  ): Promise<Page<SystemAccountRow>> {
    return this.listTeamSystemAccounts.run(ctx, teamId, parseListQuery(query, SYSTEM_ACCOUNT_FIELDS, 'name'));
  }

  @Post()
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'add-team-system-account', summary: 'Put a system account into a team' })
  @ApiCreatedResponse({ type: SystemAccountDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  add(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('teamId') teamId: string,
    @Body() { id }: AddTeamMemberDto,
  ): Promise<MemberRow> {
    return this.addTeamMember.execute(ctx, access, teamId, { type: 'system_account', id });
  }

  @Delete(':accountId')
  @HttpCode(204)
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'remove-team-system-account', summary: 'Take a system account out of a team' })
  @ApiNoContentResponse()
  @ApiProblem(404)
  @ApiProblem(409)
  async remove(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('teamId') teamId: string,
    @Param('accountId') id: string,
  ): Promise<void> {
    await this.removeTeamMember.execute(ctx, access, teamId, { type: 'system_account', id });
  }
}
