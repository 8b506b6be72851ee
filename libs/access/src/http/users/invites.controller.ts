import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Req } from '@nestjs/common';
import { ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import type { FastifyRequest } from 'fastify';
import type { Page } from '../../list-page';
import type { Access } from '../../rbac/access';
import { AcceptInvite } from '../../users/accept-invite.service';
import { CreateInvite, type SentInvite } from '../../users/create-invite.service';
import { INVITE_FIELDS, type InviteRow } from '../../users/invite-row';
import { ListInvites } from '../../users/list-invites.query';
import { RevokeInvite } from '../../users/revoke-invite.service';
import type { UserRow } from '../../users/user-row';
import { CurrentAccess, CurrentCtx } from '../caller';
import { originOf } from '../request-context';
import { Limited } from '../limited.decorator';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Public } from '../public.decorator';
import { Requires } from '../requires.decorator';
import { AcceptInviteDto, CreateInviteDto, InviteListDto, NewInviteDto } from './invite.dto';
import { UserDto } from './user.dto';

@ApiTags('Invites')
@Controller('v0/invites')
export class InvitesController {
  constructor(
    private readonly listInvites: ListInvites,
    private readonly createInvite: CreateInvite,
    private readonly revokeInvite: RevokeInvite,
    private readonly acceptInvite: AcceptInvite,
  ) {}

  @Post()
  @Requires('identity:edit')
  @ApiOperation({
    operationId: 'create-invite',
    summary: 'Invite somebody by a link that is good once, for 7 days; an earlier one ends',
  })
  @ApiCreatedResponse({ type: NewInviteDto })
  @ApiProblem(400)
  @ApiProblem(409)
  create(@CurrentCtx() ctx: Ctx, @CurrentAccess() access: Access, @Body() input: CreateInviteDto): Promise<SentInvite> {
    return this.createInvite.execute(ctx, access, {
      email: input.email,
      fullName: input.full_name ?? null,
      teamIds: input.team_ids ?? [],
    });
  }

  @Get()
  @Requires('identity:read')
  @ApiListQuery(INVITE_FIELDS, 'created_at desc')
  @ApiOperation({ operationId: 'list-invites', summary: 'The invites of the organization, without their links' })
  @ApiOkResponse({ type: InviteListDto })
  @ApiProblem(400)
  list(@CurrentCtx() ctx: Ctx, @Query() query: Readonly<Record<string, unknown>>): Promise<Page<InviteRow>> {
    return this.listInvites.run(ctx, parseListQuery(query, INVITE_FIELDS, 'created_at desc'));
  }

  @Delete(':inviteId')
  @HttpCode(204)
  @Requires('identity:edit')
  @ApiOperation({ operationId: 'delete-invite', summary: 'Revoke an invite; the user who was made for it stays' })
  @ApiNoContentResponse()
  @ApiProblem(404)
  async revoke(@CurrentCtx() ctx: Ctx, @CurrentAccess() access: Access, @Param('inviteId') id: string): Promise<void> {
    await this.revokeInvite.execute(ctx, access, id);
  }

  @Post('accept')
  @HttpCode(200)
  @Public()
  @Limited('auth')
  @ApiOperation({ operationId: 'accept-invite', summary: 'Become a user with a password by the token of an invite' })
  @ApiOkResponse({ type: UserDto })
  @ApiProblem(400)
  @ApiProblem(403)
  @ApiProblem(410)
  @ApiProblem(429)
  @ApiProblem(503)
  accept(@Req() request: FastifyRequest, @Body() input: AcceptInviteDto): Promise<UserRow> {
    return this.acceptInvite.execute(originOf(request), {
      token: input.token,
      fullName: input.full_name ?? null,
      password: input.password,
    });
  }
}
