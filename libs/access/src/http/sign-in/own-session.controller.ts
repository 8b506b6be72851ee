import { Controller, Delete, Get, HttpCode, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Ctx } from '@portolan/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { csrfTokenOf } from '../../authentication/authenticate-session.query';
import { EndSessions } from '../../sign-in/sessions/end-sessions.service';
import { GetSession } from '../../sign-in/sessions/get-session.query';
import { CurrentCtx } from '../caller';
import { SESSION_COOKIE } from '../credentials';
import { ApiProblem } from '../problem.dto';
import { Requires } from '../requires.decorator';
import { OwnSessionDto } from './session.dto';
import { clearSessionCookie } from './visitor';

@ApiTags('Sign-in')
@Controller('v0/sessions/me')
export class OwnSessionController {
  constructor(
    private readonly getSession: GetSession,
    private readonly endSessions: EndSessions,
  ) {}

  @Get()
  @Requires('self:read')
  @ApiOperation({ operationId: 'get-session-me', summary: 'The session of this browser; 404 for other credentials' })
  @ApiOkResponse({ type: OwnSessionDto })
  @ApiProblem(404)
  async get(@CurrentCtx() ctx: Ctx, @Req() request: FastifyRequest): Promise<OwnSessionDto> {
    const session = await this.getSession.run(ctx);
    return { ...session, csrf_token: csrfTokenOf(request.cookies[SESSION_COOKIE] ?? '') };
  }

  @Delete()
  @HttpCode(204)
  @Requires('self:edit')
  @ApiOperation({ operationId: 'log-out', summary: 'End the session of this browser; 404 for other credentials' })
  @ApiNoContentResponse()
  @ApiProblem(404)
  async delete(@CurrentCtx() ctx: Ctx, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    await this.endSessions.own(ctx);
    clearSessionCookie(reply);
  }
}
