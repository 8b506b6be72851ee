import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { parseListQuery, single, unknownParameter, type Ctx, type PageMeta } from '@portolan/kernel';
import { CreateOrganization, mintAdministratorToken } from '../../organizations/create-organization.service';
import { DeleteOrganization } from '../../organizations/delete-organization.service';
import { GetOrganization } from '../../organizations/get-organization.query';
import { ListOrganizations, ORGANIZATION_FIELDS } from '../../organizations/list-organizations.query';
import type { OperatedOrganizationRow } from '../../organizations/organization-row';
import { UpdateOrganization } from '../../organizations/update-organization.service';
import { CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import {
  CreateOrganizationDto,
  NewOrganizationDto,
  OperatedOrganizationDto,
  OrganizationListDto,
  UpdateOrganizationDto,
} from './operated-organization.dto';
import { organizationChangeOf } from './organization-change';

type QueryString = Readonly<Record<string, unknown>>;

const ID = 'organizationId';
const ApiOrganizationId = () => ApiParam({ name: ID, schema: { type: 'string', format: 'uuid' } });

/** The platform operator's routes. */
@ApiTags('Platform')
@Controller('v0/organizations')
export class OrganizationsController {
  constructor(
    private readonly listOrganizations: ListOrganizations,
    private readonly createOrganization: CreateOrganization,
    private readonly getOrganization: GetOrganization,
    private readonly updateOrganization: UpdateOrganization,
    private readonly deleteOrganization: DeleteOrganization,
  ) {}

  @Get()
  @Requires('platform:operate')
  @ApiListQuery(ORGANIZATION_FIELDS, 'name')
  @ApiOperation({ operationId: 'list-organizations', summary: 'All organizations of the platform' })
  @ApiOkResponse({ type: OrganizationListDto })
  @ApiProblem(400)
  list(@Query() query: QueryString): Promise<{ data: OperatedOrganizationRow[]; meta: PageMeta }> {
    return this.listOrganizations.run(parseListQuery(query, ORGANIZATION_FIELDS, 'name'));
  }

  @Post()
  @Requires('platform:operate')
  @ApiOperation({
    operationId: 'create-organization',
    summary: 'Create an organization with its first administrator, whose token is shown once',
  })
  @ApiCreatedResponse({ type: NewOrganizationDto })
  @ApiProblem(400)
  @ApiProblem(409)
  async create(
    @CurrentCtx() ctx: Ctx,
    @Body() { name, display_name, admin_email }: CreateOrganizationDto,
  ): Promise<OperatedOrganizationRow & { admin_token: string }> {
    const token = mintAdministratorToken();
    const { id } = await this.createOrganization.execute(name, token, ctx.requestId, {
      ctx,
      ...(display_name === undefined ? {} : { displayName: display_name }),
      ...(admin_email === undefined ? {} : { adminEmail: admin_email }),
    });
    return { ...(await this.getOrganization.run(ctx, id)), admin_token: token.text };
  }

  @Get(':organizationId')
  @Requires('platform:operate')
  @ApiOrganizationId()
  @ApiOperation({ operationId: 'get-organization', summary: 'One organization of the platform' })
  @ApiOkResponse({ type: OperatedOrganizationDto })
  @ApiProblem(404)
  get(@CurrentCtx() ctx: Ctx, @Param(ID) organizationId: string): Promise<OperatedOrganizationRow> {
    return this.getOrganization.run(ctx, organizationId);
  }

  @Patch(':organizationId')
  @Requires('platform:operate')
  @ApiOrganizationId()
  @ApiOperation({
    operationId: 'update-organization',
    summary: 'Suspend or resume an organization, or change its limits; what is absent stays',
  })
  @ApiOkResponse({ type: OperatedOrganizationDto })
  @ApiProblem(400)
  @ApiProblem(404)
  update(
    @CurrentCtx() ctx: Ctx,
    @Param(ID) organizationId: string,
    @Body() input: UpdateOrganizationDto,
  ): Promise<OperatedOrganizationRow> {
    return this.updateOrganization.execute(ctx, organizationId, organizationChangeOf(input));
  }

  @Delete(':organizationId')
  @HttpCode(204)
  @Requires('platform:operate')
  @ApiOrganizationId()
  @ApiQuery({ name: 'confirm', schema: { type: 'string' }, description: "The organization's name once more." })
  @ApiOperation({
    operationId: 'delete-organization',
    summary: 'Delete an organization with everything that it has, except its audit trail',
  })
  @ApiNoContentResponse()
  @ApiProblem(404)
  @ApiProblem(409)
  async delete(@CurrentCtx() ctx: Ctx, @Param(ID) organizationId: string, @Query() query: QueryString): Promise<void> {
    await this.deleteOrganization.execute(ctx, organizationId, confirmationOf(query));
  }
}

function confirmationOf(query: QueryString): string | null {
  let confirmation: string | null = null;
  for (const [key, raw] of Object.entries(query)) {
    if (key !== 'confirm') throw unknownParameter(key);
    confirmation = single(key, raw);
  }
  return confirmation;
}
