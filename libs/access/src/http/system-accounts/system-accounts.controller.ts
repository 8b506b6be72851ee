import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import type { Page } from '../../list-page';
import type { Access } from '../../rbac/access';
import { CreateSystemAccount } from '../../system-accounts/create-system-account.service';
import { DeleteSystemAccount } from '../../system-accounts/delete-system-account.service';
import { GetSystemAccount } from '../../system-accounts/get-system-account.query';
import { ListSystemAccounts } from '../../system-accounts/list-system-accounts.query';
import { SYSTEM_ACCOUNT_FIELDS, type SystemAccountRow } from '../../system-accounts/system-account-row';
import { UpdateSystemAccount } from '../../system-accounts/update-system-account.service';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiForce, forceOf } from '../force';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import {
  CreateSystemAccountDto,
  SystemAccountDto,
  SystemAccountListDto,
  UpdateSystemAccountDto,
} from './system-account.dto';

type QueryString = Readonly<Record<string, unknown>>;

@ApiTags('System accounts')
@Controller('v0/system-accounts')
export class SystemAccountsController {
  constructor(
    private readonly listSystemAccounts: ListSystemAccounts,
    private readonly createSystemAccount: CreateSystemAccount,
    private readonly getSystemAccount: GetSystemAccount,
    private readonly updateSystemAccount: UpdateSystemAccount,
    private readonly deleteSystemAccount: DeleteSystemAccount,
  ) {}

  @Post()
  @Requires('identity:edit')
  @ApiOperation({
    operationId: 'create-system-account',
    summary: 'Create an account for an agent or a pipeline, without roles and tokens',
  })
  @ApiCreatedResponse({ type: SystemAccountDto })
  @ApiProblem(400)
  @ApiProblem(409)
  create(@CurrentCtx() ctx: Ctx, @Body() input: CreateSystemAccountDto): Promise<SystemAccountRow> {
    return this.createSystemAccount.execute(ctx, { name: input.name, description: input.description ?? null });
  }

  @Get()
  @Requires('identity:read')
  @ApiListQuery(SYSTEM_ACCOUNT_FIELDS, 'name')
  @ApiOperation({ operationId: 'list-system-accounts', summary: 'The system accounts of the organization' })
  @ApiOkResponse({ type: SystemAccountListDto })
  @ApiProblem(400)
  list(@CurrentCtx() ctx: Ctx, @Query() query: QueryString): Promise<Page<SystemAccountRow>> {
    return this.listSystemAccounts.run(ctx, parseListQuery(query, SYSTEM_ACCOUNT_FIELDS, 'name'));
  }

  @Get(':accountId')
  @Requires('identity:read')
  @ApiOperation({ operationId: 'get-system-account', summary: 'One system account' })
  @ApiOkResponse({ type: SystemAccountDto })
  @ApiProblem(404)
  get(@CurrentCtx() ctx: Ctx, @Param('accountId') id: string): Promise<SystemAccountRow> {
    return this.getSystemAccount.run(ctx, id);
  }

  @Patch(':accountId')
  @Requires('identity:edit')
  @ApiForce('Disable the caller, too.')
  @ApiOperation({
    operationId: 'update-system-account',
    summary: 'Change a system account, or disable and enable it; what is absent stays',
  })
  @ApiOkResponse({ type: SystemAccountDto })
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  update(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('accountId') id: string,
    @Query() query: QueryString,
    @Body() input: UpdateSystemAccountDto,
  ): Promise<SystemAccountRow> {
    const change = {
      ...(input.name === undefined ? {} : { name: input.name }),
      ...(input.description === undefined ? {} : { description: input.description }),
      ...(input.active === undefined ? {} : { active: input.active }),
    };
    return this.updateSystemAccount.execute(ctx, access, id, change, forceOf(query));
  }

  @Delete(':accountId')
  @HttpCode(204)
  @Requires('identity:edit')
  @ApiForce('Delete the caller, too.')
  @ApiOperation({ operationId: 'delete-system-account', summary: 'Delete a system account with its tokens and roles' })
  @ApiNoContentResponse()
  @ApiProblem(400)
  @ApiProblem(404)
  @ApiProblem(409)
  async delete(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('accountId') id: string,
    @Query() query: QueryString,
  ): Promise<void> {
    await this.deleteSystemAccount.execute(ctx, access, id, forceOf(query));
  }
}
