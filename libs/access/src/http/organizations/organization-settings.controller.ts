import { Body, Controller, Get, Param, Patch, Put, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '@portolan/kernel';
import { GetIpAllowList } from '../../organizations/get-ip-allow-list.query';
import { GetOrganizationLimits, type OrganizationLimits } from '../../organizations/get-organization-limits.query';
import { GetTokenSettings } from '../../organizations/get-token-settings.query';
import { ALLOWED_IPS_MAX, type IpAllowList } from '../../organizations/ip-allow-list';
import type { TokenSettings } from '../../organizations/token-settings';
import { UpdateIpAllowList } from '../../organizations/update-ip-allow-list.service';
import { UpdateTokenSettings } from '../../organizations/update-token-settings.service';
import type { Access } from '../../rbac/access';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiForce, forceOf } from '../force';
import { ipRangesOf } from '../ip-ranges';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { ApiOwnOrganization } from './own-organization.decorator';
import {
  IpAllowListDto,
  OrganizationLimitsDto,
  ReplaceIpAllowListDto,
  TokenSettingsDto,
  UpdateIpAllowListDto,
  UpdateTokenSettingsDto,
} from './settings.dto';

type QueryString = Readonly<Record<string, unknown>>;

const ORGANIZATION = 'organizationId';
const ApiForceOut = () => ApiForce("Also when the caller's own credential is no longer good afterwards.");

@ApiTags('Organizations')
@ApiOwnOrganization()
@Controller('v0/organizations/:organizationId')
export class OrganizationSettingsController {
  constructor(
    private readonly getTokenSettings: GetTokenSettings,
    private readonly updateTokenSettings: UpdateTokenSettings,
    private readonly getIpAllowList: GetIpAllowList,
    private readonly updateIpAllowList: UpdateIpAllowList,
    private readonly getOrganizationLimits: GetOrganizationLimits,
  ) {}

  @Get('personal-access-token-settings')
  @Requires('identity:read')
  @ApiOperation({ operationId: 'get-token-settings', summary: 'Whether there are personal tokens, and for how long' })
  @ApiOkResponse({ type: TokenSettingsDto })
  @ApiProblem(404)
  tokenSettings(@CurrentCtx() ctx: Ctx, @Param(ORGANIZATION) organizationId: string): Promise<TokenSettings> {
    return this.getTokenSettings.run(ctx, organizationId);
  }

  @Patch('personal-access-token-settings')
  @Requires('identity:edit')
  @ApiForceOut()
  @ApiOperation({ operationId: 'update-token-settings', summary: 'Change the token settings; what is absent stays' })
  @ApiOkResponse({ type: TokenSettingsDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  changeTokenSettings(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param(ORGANIZATION) organizationId: string,
    @Query() query: QueryString,
    @Body() input: UpdateTokenSettingsDto,
  ): Promise<TokenSettings> {
    const { pats_enabled, max_expiration_period_days } = input;
    const change = {
      ...(pats_enabled === undefined ? {} : { pats_enabled }),
      ...(max_expiration_period_days === undefined ? {} : { max_expiration_period_days }),
    };
    return this.updateTokenSettings.execute(ctx, access, organizationId, change, forceOf(query));
  }

  @Get('ip-allow-list')
  @Requires('identity:read')
  @ApiOperation({
    operationId: 'get-ip-allow-list',
    summary: 'From which addresses credentials of the organization are good',
  })
  @ApiOkResponse({ type: IpAllowListDto })
  @ApiProblem(404)
  ipAllowList(@CurrentCtx() ctx: Ctx, @Param(ORGANIZATION) organizationId: string): Promise<IpAllowList> {
    return this.getIpAllowList.run(ctx, organizationId);
  }

  @Put('ip-allow-list')
  @Requires('identity:edit')
  @ApiForceOut()
  @ApiOperation({ operationId: 'replace-ip-allow-list', summary: 'Set the whole IP allow list' })
  @ApiOkResponse({ type: IpAllowListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  replaceIpAllowList(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param(ORGANIZATION) organizationId: string,
    @Query() query: QueryString,
    @Body() { enabled, allowed_ips }: ReplaceIpAllowListDto,
  ): Promise<IpAllowList> {
    const change = { enabled, allowed_ips: ipRangesOf('allowed_ips', allowed_ips, ALLOWED_IPS_MAX) };
    return this.updateIpAllowList.execute(ctx, access, organizationId, change, forceOf(query));
  }

  @Patch('ip-allow-list')
  @Requires('identity:edit')
  @ApiForceOut()
  @ApiOperation({ operationId: 'update-ip-allow-list', summary: 'Change the IP allow list; what is absent stays' })
  @ApiOkResponse({ type: IpAllowListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  changeIpAllowList(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param(ORGANIZATION) organizationId: string,
    @Query() query: QueryString,
    @Body() { enabled, allowed_ips }: UpdateIpAllowListDto,
  ): Promise<IpAllowList> {
    const change = {
      ...(enabled === undefined ? {} : { enabled }),
      ...(allowed_ips === undefined ? {} : { allowed_ips: ipRangesOf('allowed_ips', allowed_ips, ALLOWED_IPS_MAX) }),
    };
    return this.updateIpAllowList.execute(ctx, access, organizationId, change, forceOf(query));
  }

  @Get('limits')
  @Requires('identity:read')
  @ApiOperation({
    operationId: 'get-organization-limits',
    summary: 'The rate limits and quotas in force, and what of the quotas is in use',
  })
  @ApiOkResponse({ type: OrganizationLimitsDto })
  @ApiProblem(404)
  limits(@CurrentCtx() ctx: Ctx, @Param(ORGANIZATION) organizationId: string): Promise<OrganizationLimits> {
    return this.getOrganizationLimits.run(ctx, organizationId);
  }
}
