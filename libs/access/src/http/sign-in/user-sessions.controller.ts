import { Controller, Delete, Get, HttpCode, Param, Query } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { parseListQuery, type Ctx } from '@portolan/kernel';
import type { Access } from '../../rbac/access';
import { EndSessions } from '../../sign-in/sessions/end-sessions.service';
import { ListSessions } from '../../sign-in/sessions/list-sessions.query';
import { SESSION_FIELDS } from '../../sign-in/sessions/session-row';
import { CurrentAccess, CurrentCtx } from '../caller';
import { ApiListQuery } from '../list.dto';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { SessionListDto } from './session.dto';

const SORT = 'created_at desc';

const ApiUserId = () => ApiParam({ name: 'userId', description: 'Id of the user, or `me`.' });

@ApiTags('Sign-in')
@Controller('v0/users/:userId/sessions')
export class UserSessionsController {
  constructor(
    private readonly listSessions: ListSessions,
    private readonly endSessions: EndSessions,
  ) {}

  @Get()
  @Requires('self:read')
  @ApiUserId()
  @ApiListQuery(SESSION_FIELDS, SORT)
  @ApiOperation({
    operationId: 'list-sessions',
    summary: "The sessions in which a user is signed in: one's own, or with identity:read anybody's",
  })
  @ApiOkResponse({ type: SessionListDto })
  @ApiProblem(400)
  @ApiProblem(404)
  list(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('userId') userId: string,
    @Query() query: Readonly<Record<string, unknown>>,
  ): Promise<SessionListDto> {
    return this.listSessions.run(ctx, access, userId, parseListQuery(query, SESSION_FIELDS, SORT));
  }

  @Delete()
  @HttpCode(204)
  @Requires('self:edit')
  @ApiUserId()
  @ApiOperation({
    operationId: 'end-sessions',
    summary: 'Sign a user out everywhere: oneself, or with identity:edit somebody who may do no more than the caller',
  })
  @ApiNoContentResponse()
  @ApiProblem(404)
  deleteAll(@CurrentCtx() ctx: Ctx, @CurrentAccess() access: Access, @Param('userId') userId: string): Promise<void> {
    return this.endSessions.execute(ctx, access, userId, null);
  }

  @Delete(':sessionId')
  @HttpCode(204)
  @Requires('self:edit')
  @ApiUserId()
  @ApiOperation({
    operationId: 'end-session',
    summary: "End one session: one's own, or with identity:edit that of somebody who may do no more than the caller",
  })
  @ApiNoContentResponse()
  @ApiProblem(404)
  delete(
    @CurrentCtx() ctx: Ctx,
    @CurrentAccess() access: Access,
    @Param('userId') userId: string,
    @Param('sessionId') sessionId: string,
  ): Promise<void> {
    return this.endSessions.execute(ctx, access, userId, sessionId);
  }
}
