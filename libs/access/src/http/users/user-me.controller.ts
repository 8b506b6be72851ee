import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '@portolan/kernel';
import { GetSelf } from '../organizations/get-self.query';
import { CurrentCtx } from './caller';
import { Requires } from './requires.decorator';
import { UserDto } from './self.dto';

@ApiTags('Users')
@Controller('v0/users')
export class UsersController {
  constructor(private readonly getSelf: GetSelf) {}

  @Get('me')
  @Requires('self:read')
  @ApiOperation({ operationId: 'get-user-me', summary: "The caller's user account" })
  @ApiOkResponse({ type: UserDto })
  me(@CurrentCtx() ctx: Ctx): Promise<UserDto> {
    return this.getSelf.user(ctx);
  }
}
