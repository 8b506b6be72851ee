import { Body, Controller, Get, HttpCode, Patch, Put } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '@portolan/kernel';
import { ChangePassword } from '../../users/change-password.service';
import { GetUser } from '../../users/get-user.query';
import { UpdateUser } from '../../users/update-user.service';
import type { UserRow } from '../../users/user-row';
import { CurrentCtx } from '../caller';
import { Limited } from '../limited.decorator';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { ChangePasswordDto, UpdateUserMeDto, UserDto } from './user.dto';
import { userChangeOf } from './user-change';

@ApiTags('Users')
@Controller('v0/users/me')
export class UserMeController {
  constructor(
    private readonly getUser: GetUser,
    private readonly updateUser: UpdateUser,
    private readonly changePassword: ChangePassword,
  ) {}

  @Get()
  @Requires('self:read')
  @ApiOperation({ operationId: 'get-user-me', summary: "The caller's user account" })
  @ApiOkResponse({ type: UserDto })
  me(@CurrentCtx() ctx: Ctx): Promise<UserRow> {
    return this.getUser.self(ctx);
  }

  @Patch()
  @Requires('self:edit')
  @ApiOperation({ operationId: 'update-user-me', summary: "Change the caller's own names; what is absent stays" })
  @ApiOkResponse({ type: UserDto })
  @ApiProblem(400)
  update(@CurrentCtx() ctx: Ctx, @Body() input: UpdateUserMeDto): Promise<UserRow> {
    return this.updateUser.self(ctx, userChangeOf(input));
  }

  @Put('password')
  @HttpCode(204)
  @Limited('auth')
  @Requires('self:edit')
  @ApiOperation({
    operationId: 'change-password',
    summary: "Change the caller's own password, which ends all other sessions",
  })
  @ApiNoContentResponse()
  @ApiProblem(400)
  @ApiProblem(409)
  @ApiProblem(503)
  async password(@CurrentCtx() ctx: Ctx, @Body() input: ChangePasswordDto): Promise<void> {
    await this.changePassword.execute(ctx, {
      currentPassword: input.current_password,
      newPassword: input.new_password,
    });
  }
}
