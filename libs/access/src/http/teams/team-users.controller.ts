import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import type { Page } from '../../list-page';
import type { Access } from '../../rbac/access';
import { AddTeamMember } from '../../teams/add-team-member.service';
import { ListTeamUsers } from '../../teams/list-team-users.query';
import type { MemberRow } from '../../teams/member';
import { RemoveTeamMember } from '../../teams/remove-team-member.service';
import { USER_FIELDS, type UserRow } from '../../users/user-row';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { UserDto, UserListDto } from '../users/user.dto';
import { AddTeamMemberDto } from './team-member.dto';

@ApiTags('Teams')
@Controller('v0/teams/:teamId/users')
export class TeamUsersController {
  constructor(
    private readonly listTeamUsers: ListTeamUsers,
    private readonly addTeamMember: AddTeamMember,
    private readonly removeTeamMember: RemoveTeamMember,
  ) {}

  @Get()
  @Requires('identity:read')
  @ApiOperation({ operationId: 'list-team-users', summary: 'The users in a team' })
  @ApiListQuery(USER_FIELDS, 'email')
  @ApiOkResponse({ type: UserListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  list(
    @CurrentCtx() ctx: Ctx,
    @Param('teamId') teamId: string,
    @Query() query: Record<string, unknown>,
  ): Promise<Page<UserRow>> {
    return this.listTeamUsers.run(ctx, teamId, parseListQuery(query, USER_FIELDS, 'email'));
  }

  @Post()
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'add-team-user', summary: 'Put a user into a team' })
  @ApiCreatedResponse({ type: UserDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  add(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('teamId') teamId: string,
    @Body() { id }: AddTeamMemberDto,
  ): Promise<MemberRow> {
    return this.addTeamMember.execute(ctx, access, teamId, { type: 'user', id });
  }

  @Delete(':userId')
  @HttpCode(204)
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'remove-team-user', summary: 'Take a user out of a team' })
  @ApiNoContentResponse()
  @ApiProblem(404)
  @ApiProblem(409)
  async remove(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('teamId') teamId: string,
    @Param('userId') id: string,
  ): Promise<void> {
    await this.removeTeamMember.execute(ctx, access, teamId, { type: 'user', id });
  }
}
