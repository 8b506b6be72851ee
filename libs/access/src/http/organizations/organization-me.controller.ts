import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '@portolan/kernel';
import { GetSelf } from '../organizations/get-self.query';
import { CurrentCtx } from './caller';
import { Requires } from './requires.decorator';
import { OrganizationDto } from './self.dto';

@ApiTags('Organizations')
@Controller('v0/organizations')
export class OrganizationsController {
  constructor(private readonly getSelf: GetSelf) {}

  @Get('me')
  @Requires('self:read')
  @ApiOperation({ operationId: 'get-organization-me', summary: "The caller's organization" })
  @ApiOkResponse({ type: OrganizationDto })
  me(@CurrentCtx() ctx: Ctx): Promise<OrganizationDto> {
    return this.getSelf.organization(ctx);
  }
}
