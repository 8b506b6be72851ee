import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PublicUrl } from '../../public-url';
import { LogIn } from '../../sign-in/log-in.service';
import { checkOrigin } from './check-origin';
import { Limited } from '../limited.decorator';
import { ApiProblem } from '../problem.dto';
import { Public } from '../public.decorator';
import { LoggedInDto, LoginDto } from './login.dto';
import { setSessionCookie, visitorOf } from './visitor';

@ApiTags('Sign-in')
@Controller('v0/login')
export class LoginController {
  constructor(
    private readonly logIn: LogIn,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Post()
  @HttpCode(200)
  @Public()
  @Limited('auth')
  @ApiOperation({
    operationId: 'log-in',
    summary: 'Sign in by email address and password',
    description:
      'Sets the session cookie `__Host-portolan_session`. A browser that held a session before holds the new one only.',
  })
  @ApiOkResponse({ type: LoggedInDto })
  @ApiProblem(400)
  @ApiProblem(401)
  @ApiProblem(403)
  @ApiProblem(429)
  @ApiProblem(503)
  async create(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() input: LoginDto,
  ): Promise<LoggedInDto> {
    checkOrigin(request, this.publicUrl.origin);
    const { user, organization, session } = await this.logIn.execute(visitorOf(request), {
      loginPath: input.login_path,
      email: input.email,
      password: input.password,
    });
    setSessionCookie(reply, session);
    return {
      user,
      organization,
      session_id: session.id,
      csrf_token: session.csrfToken,
      expires_at: session.expiresAt,
    };
  }
}
