import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import type { Access } from '../../rbac/access';
import { CreateTeamMapping } from '../../sign-in/identity-providers/create-team-mapping.service';
import { DeleteTeamMapping } from '../../sign-in/identity-providers/delete-team-mapping.service';
import { TEAM_MAPPING_FIELDS } from '../../sign-in/identity-providers/team-mapping-row';
import { GetTeamMapping, ListTeamMappings } from '../../sign-in/identity-providers/team-mappings.query';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { CreateTeamGroupMappingDto, TeamGroupMappingDto, TeamGroupMappingListDto } from './team-group-mapping.dto';

const SORT = 'group';

@ApiTags('Identity providers')
@Controller('v0/identity-providers/:providerId/team-group-mappings')
export class TeamGroupMappingsController {
  constructor(
    private readonly listMappings: ListTeamMappings,
    private readonly getMapping: GetTeamMapping,
    private readonly createMapping: CreateTeamMapping,
    private readonly deleteMapping: DeleteTeamMapping,
  ) {}

  @Get()
  @Requires('identity:read')
  @ApiListQuery(TEAM_MAPPING_FIELDS, SORT)
  @ApiOperation({ operationId: 'list-team-group-mappings', summary: 'Which groups of a provider are which teams' })
  @ApiOkResponse({ type: TeamGroupMappingListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  list(
    @CurrentCtx() ctx: Ctx,
    @Param('providerId') providerId: string,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<TeamGroupMappingListDto> {
    return this.listMappings.run(ctx, providerId, parseListQuery(query, TEAM_MAPPING_FIELDS, SORT));
  }

  @Post()
  @Requires('identity:edit')
  @ApiOperation({
    operationId: 'create-team-group-mapping',
    summary: 'Make the members of a group members of a team at each login',
  })
  @ApiCreatedResponse({ type: TeamGroupMappingDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  create(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('providerId') providerId: string,
    @Body() input: CreateTeamGroupMappingDto,
  ): Promise<TeamGroupMappingDto> {
    return this.createMapping.execute(ctx, access, providerId, { teamId: input.team_id, group: input.group });
  }

  @Get(':mappingId')
  @Requires('identity:read')
  @ApiOperation({ operationId: 'get-team-group-mapping', summary: 'One group mapping' })
  @ApiOkResponse({ type: TeamGroupMappingDto })
  @ApiProblem(404)
  get(
    @CurrentCtx() ctx: Ctx,
    @Param('providerId') providerId: string,
    @Param('mappingId') id: string,
  ): Promise<TeamGroupMappingDto> {
    return this.getMapping.run(ctx, providerId, id);
  }

  @Delete(':mappingId')
  @HttpCode(204)
  @Requires('identity:edit')
  @ApiOperation({
    operationId: 'delete-team-group-mapping',
    summary: 'Delete a group mapping; members by it leave the team at their next login',
  })
  @ApiNoContentResponse()
  @ApiProblem(404)
  delete(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('providerId') providerId: string,
    @Param('mappingId') id: string,
  ): Promise<void> {
    return this.deleteMapping.execute(ctx, access, providerId, id);
  }
}
