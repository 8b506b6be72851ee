import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import type { Page } from '../../list-page';
import type { Access } from '../../rbac/access';
import { DeleteUser } from '../../users/delete-user.service';
import { GetUser } from '../../users/get-user.query';
import { ListUsers } from '../../users/list-users.query';
import { UpdateUser } from '../../users/update-user.service';
import { USER_FIELDS, type UserRow } from '../../users/user-row';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiForce, forceOf } from '../force';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { UpdateUserDto, UserDto, UserListDto } from './user.dto';
import { userChangeOf } from './user-change';

type QueryString = Readonly<Record<string, unknown>>;

@ApiTags('Users')
@Controller('v0/users')
export class UsersController {
  constructor(
    private readonly listUsers: ListUsers,
    private readonly getUser: GetUser,
    private readonly updateUser: UpdateUser,
    private readonly deleteUser: DeleteUser,
  ) {}

  @Get()
  @Requires('identity:read')
  @ApiListQuery(USER_FIELDS, 'email')
  @ApiOperation({ operationId: 'list-users', summary: 'The users of the organization, invited and disabled ones too' })
  @ApiOkResponse({ type: UserListDto })
  @ApiProblem(400)
  list(@CurrentCtx() ctx: Ctx, @Query() query: QueryString): Promise<Page<UserRow>> {
    return this.listUsers.run(ctx, parseListQuery(query, USER_FIELDS, 'email'));
  }

  @Get(':userId')
  @Requires('identity:read')
  @ApiOperation({ operationId: 'get-user', summary: 'One user' })
  @ApiOkResponse({ type: UserDto })
  @ApiProblem(404)
  get(@CurrentCtx() ctx: Ctx, @Param('userId') id: string): Promise<UserRow> {
    return this.getUser.run(ctx, id);
  }

  @Patch(':userId')
  @Requires('identity:edit')
  @ApiForce('Disable the caller, too.')
  @ApiOperation({
    operationId: 'update-user',
    summary: 'Change a user, or disable and enable it; what is absent stays',
  })
  @ApiOkResponse({ type: UserDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  update(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('userId') id: string,
    @Query() query: QueryString,
    @Body() input: UpdateUserDto,
  ): Promise<UserRow> {
    return this.updateUser.execute(ctx, access, id, userChangeOf(input), forceOf(query));
  }

  @Delete(':userId')
  @HttpCode(204)
  @Requires('identity:edit')
  @ApiForce('Delete the caller, too.')
  @ApiOperation({ operationId: 'delete-user', summary: 'Delete a user with all tokens, sessions and roles' })
  @ApiNoContentResponse()
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  async delete(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('userId') id: string,
    @Query() query: QueryString,
  ): Promise<void> {
    await this.deleteUser.execute(ctx, access, id, forceOf(query));
  }
}
