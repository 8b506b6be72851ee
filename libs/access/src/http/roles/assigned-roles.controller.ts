import {
  applyDecorators,
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Post,
  Query,
  type Type,
} from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import type { Page } from '../../list-page';
import type { Access } from '../../rbac/access';
import { AssignRole } from '../../rbac/assign-role.service';
import { ASSIGNED_ROLE_FIELDS, type AssignedRoleRow } from '../../rbac/assigned-role';
import { GetAssignedRole } from '../../rbac/get-assigned-role.query';
import type { NamedHolder } from '../../rbac/find-holder';
import { ListAssignedRoles } from '../../rbac/list-assigned-roles.query';
import { UnassignRole } from '../../rbac/unassign-role.service';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { AssignedRoleDto, AssignedRoleListDto, AssignRoleDto, newAssignedRole } from './assigned-role.dto';

interface Holders {
  readonly type: NamedHolder['type'];
  /** As operations call one of them, and as sentences do. */
  readonly kind: string;
  readonly noun: string;
  readonly collection: string;
  readonly parameter: string;
  readonly listSummary: string;
  /** Further refusals of taking a role away. */
  readonly unassignProblems: readonly number[];
}

/** The routes of assigned roles: the same for whatever holds them. */
function assignedRolesController(name: string, of: Holders): Type {
  const Refusals = () => applyDecorators(...of.unassignProblems.map(ApiProblem));

  @ApiTags('Roles')
  @Controller(`v0/${of.collection}/:${of.parameter}/assigned-roles`)
  class AssignedRolesController {
    constructor(
      private readonly listAssignedRoles: ListAssignedRoles,
      private readonly getAssignedRole: GetAssignedRole,
      private readonly assignRole: AssignRole,
      private readonly unassignRole: UnassignRole,
    ) {}

    @Get()
    @Requires('identity:read')
    @ApiOperation({ operationId: `list-${of.kind}-roles`, summary: of.listSummary })
    @ApiListQuery(ASSIGNED_ROLE_FIELDS, 'created_at')
    @ApiOkResponse({ type: AssignedRoleListDto })
    @ApiProblem(400)
    @ApiProblem(404)
    list(
      @CurrentCtx() ctx: Ctx,
      @Param(of.parameter) id: string,
      @Query() query: Record<string, unknown>,
    ): Promise<Page<AssignedRoleRow>> {
      const listQuery = parseListQuery(query, ASSIGNED_ROLE_FIELDS, 'created_at');
      return this.listAssignedRoles.run(ctx, { type: of.type, id }, listQuery);
    }

    @Post()
    @Requires('identity:edit')
    @ApiOperation({ operationId: `assign-${of.kind}-role`, summary: `Give a ${of.noun} a role` })
    @ApiCreatedResponse({ type: AssignedRoleDto })
    @ApiProblem(400)
    @ApiProblem(404)
    @ApiProblem(409)
    assign(
      @CurrentCtx() ctx: Ctx,
      @CurrentAccess() access: Access,
      @Param(of.parameter) id: string,
      @Body() input: AssignRoleDto,
    ): Promise<AssignedRoleRow> {
      return this.assignRole.execute(ctx, access, { type: of.type, id }, newAssignedRole(input));
    }

    @Get(':roleId')
    @Requires('identity:read')
    @ApiOperation({ operationId: `get-${of.kind}-role`, summary: `One role of a ${of.noun}` })
    @ApiOkResponse({ type: AssignedRoleDto })
    @ApiProblem(404)
    get(
      @CurrentCtx() ctx: Ctx,
      @Param(of.parameter) id: string,
      @Param('roleId') roleId: string,
    ): Promise<AssignedRoleRow> {
      return this.getAssignedRole.run(ctx, { type: of.type, id }, roleId);
    }

    @Delete(':roleId')
    @HttpCode(204)
    @Requires('identity:edit')
    @ApiOperation({ operationId: `unassign-${of.kind}-role`, summary: `Take a role from a ${of.noun}` })
    @ApiNoContentResponse()
    @ApiProblem(404)
    @Refusals()
    async unassign(
      @CurrentCtx() ctx: Ctx,
      @CurrentAccess() access: Access,
      @Param(of.parameter) id: string,
      @Param('roleId') roleId: string,
    ): Promise<void> {
      await this.unassignRole.execute(ctx, access, { type: of.type, id }, roleId);
    }
  }

  // Controllers of one name could not be told apart in the list of guarded routes.
  Object.defineProperty(AssignedRolesController, 'name', { value: name });
  return AssignedRolesController;
}

export const UserRolesController = assignedRolesController('UserRolesController', {
  type: 'user',
  kind: 'user',
  noun: 'user',
  collection: 'users',
  parameter: 'userId',
  listSummary: 'The roles of a user, without those of its teams',
  unassignProblems: [],
});

export const TeamRolesController = assignedRolesController('TeamRolesController', {
  type: 'team',
  kind: 'team',
  noun: 'team',
  collection: 'teams',
  parameter: 'teamId',
  listSummary: 'The roles of a team, which every member has',
  // Those of a predefined team stay.
  unassignProblems: [409],
});

export const SystemAccountRolesController = assignedRolesController('SystemAccountRolesController', {
  type: 'system_account',
  kind: 'system-account',
  noun: 'system account',
  collection: 'system-accounts',
  parameter: 'accountId',
  listSummary: 'The roles of a system account, without those of its teams',
  unassignProblems: [],
});
