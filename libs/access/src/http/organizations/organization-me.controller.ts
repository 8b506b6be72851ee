import { Body, Controller, Get, Patch } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '@portolan/kernel';
import { GetOwnOrganization } from '../../organizations/get-own-organization.query';
import type { OrganizationRow } from '../../organizations/organization-row';
import { UpdateOwnOrganization } from '../../organizations/update-own-organization.service';
import { CurrentCtx } from '../caller';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { OrganizationDto, UpdateOwnOrganizationDto } from './organization.dto';

@ApiTags('Organizations')
@Controller('v0/organizations/me')
export class OrganizationMeController {
  constructor(
    private readonly getOwnOrganization: GetOwnOrganization,
    private readonly updateOwnOrganization: UpdateOwnOrganization,
  ) {}

  @Get()
  @Requires('self:read')
  @ApiOperation({ operationId: 'get-organization-me', summary: "The caller's organization" })
  @ApiOkResponse({ type: OrganizationDto })
  get(@CurrentCtx() ctx: Ctx): Promise<OrganizationRow> {
    return this.getOwnOrganization.run(ctx);
  }

  @Patch()
  @Requires('identity:edit')
  @ApiOperation({
    operationId: 'update-organization-me',
    summary: "Change the caller's organization; what is absent stays",
  })
  @ApiOkResponse({ type: OrganizationDto })
  @ApiProblem(400)
  @ApiProblem(409)
  update(@CurrentCtx() ctx: Ctx, @Body() input: UpdateOwnOrganizationDto): Promise<OrganizationRow> {
    return this.updateOwnOrganization.execute(ctx, {
      ...(input.display_name === undefined ? {} : { displayName: input.display_name }),
      ...(input.login_path === undefined ? {} : { loginPath: input.login_path }),
    });
  }
}
