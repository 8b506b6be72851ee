import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import type { Page } from '../../list-page';
import type { Access } from '../../rbac/access';
import { AssignRole } from '../../rbac/assign-role.service';
import { ASSIGNED_ROLE_FIELDS, type AssignedRoleRow } from '../../rbac/assigned-role';
import { GetAssignedRole } from '../../rbac/get-assigned-role.query';
import { ListAssignedRoles } from '../../rbac/list-assigned-roles.query';
import { UnassignRole } from '../../rbac/unassign-role.service';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { AssignedRoleDto, AssignedRoleListDto, AssignRoleDto, newAssignedRole } from './assigned-role.dto';

@ApiTags('Roles')
@Controller('v0/teams/:teamId/assigned-roles')
export class TeamRolesController {
  constructor(
    private readonly listAssignedRoles: ListAssignedRoles,
    private readonly getAssignedRole: GetAssignedRole,
    private readonly assignRole: AssignRole,
    private readonly unassignRole: UnassignRole,
  ) {}

  @Get()
  @Requires('identity:read')
  @ApiOperation({ operationId: 'list-team-roles', summary: 'The roles of a team, which every member has' })
  @ApiListQuery(ASSIGNED_ROLE_FIELDS, 'created_at')
  @ApiOkResponse({ type: AssignedRoleListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  list(
    @CurrentCtx() ctx: Ctx,
    @Param('teamId') id: string,
    @Query() query: Record<string, unknown>,
  ): Promise<Page<AssignedRoleRow>> {
    const listQuery = parseListQuery(query, ASSIGNED_ROLE_FIELDS, 'created_at');
    return this.listAssignedRoles.run(ctx, { type: 'team', id }, listQuery);
  }

  @Post()
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'assign-team-role', summary: 'Give a team a role' })
  @ApiCreatedResponse({ type: AssignedRoleDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  assign(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('teamId') id: string,
    @Body() input: AssignRoleDto,
  ): Promise<AssignedRoleRow> {
    return this.assignRole.execute(ctx, access, { type: 'team', id }, newAssignedRole(input));
  }

  @Get(':roleId')
  @Requires('identity:read')
  @ApiOperation({ operationId: 'get-team-role', summary: 'One role of a team' })
  @ApiOkResponse({ type: AssignedRoleDto })
  @ApiProblem(404)
  get(@CurrentCtx() ctx: Ctx, @Param('teamId') id: string, @Param('roleId') roleId: string): Promise<AssignedRoleRow> {
    return this.getAssignedRole.run(ctx, { type: 'team', id }, roleId);
  }

  @Delete(':roleId')
  @HttpCode(204)
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'unassign-team-role', summary: 'Take a role from a team' })
  @ApiNoContentResponse()
  @ApiProblem(404)
  @ApiProblem(409)
  async unassign(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('teamId') id: string,
    @Param('roleId') roleId: string,
  ): Promise<void> {
    await this.unassignRole.execute(ctx, access, { type: 'team', id }, roleId);
  }
}
