import { Body, Controller, Get, Patch, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '@portolan/kernel';
import type { Access } from '../../rbac/access';
import { GetAuthenticationSettings } from '../../sign-in/identity-providers/get-authentication-settings.query';
import { UpdateAuthenticationSettings } from '../../sign-in/identity-providers/update-authentication-settings.service';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiForce, forceOf } from '../force';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { AuthenticationSettingsDto, UpdateAuthenticationSettingsDto } from './authentication-settings.dto';

@ApiTags('Identity providers')
@Controller('v0/authentication-settings')
export class AuthenticationSettingsController {
  constructor(
    private readonly getSettings: GetAuthenticationSettings,
    private readonly updateSettings: UpdateAuthenticationSettings,
  ) {}

  @Get()
  @Requires('identity:read')
  @ApiOperation({ operationId: 'get-authentication-settings', summary: 'How the users of the organization sign in' })
  @ApiOkResponse({ type: AuthenticationSettingsDto })
  get(@CurrentCtx() ctx: Ctx): Promise<AuthenticationSettingsDto> {
    return this.getSettings.run(ctx);
  }

  @Patch()
  @Requires('identity:edit')
  @ApiForce("Also when the caller's own way to sign in is turned off.")
  @ApiOperation({
    operationId: 'update-authentication-settings',
    summary: 'Change how the users of the organization sign in; what is absent stays',
  })
  @ApiOkResponse({ type: AuthenticationSettingsDto })
  @ApiProblem(400)
  @ApiProblem(409)
  update(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Query() query: Readonly<Record<string, unknown>>,
    @Body() input: UpdateAuthenticationSettingsDto,
  ): Promise<AuthenticationSettingsDto> {
    const change = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    return this.updateSettings.execute(ctx, access, change, forceOf(query));
  }
}
