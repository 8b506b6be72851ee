import { Body, Controller, HttpCode, Post, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PublicUrl } from '../../public-url';
import { browserCookie, LOGIN_ATTEMPT_SECONDS } from '../../sign-in/oidc/login-attempt';
import { returnTo } from '../../sign-in/oidc/return-to';
import { StartInviteLogin } from '../../sign-in/oidc/start-invite-login.service';
import { Limited } from '../limited.decorator';
import { ApiProblem } from '../problem.dto';
import { Public } from '../public.decorator';
import { checkOrigin } from './check-origin';
import { InviteLoginDto, StartInviteLoginDto } from './invite-login.dto';
import { LOGIN_COOKIE, setLoginCookie, visitorOf } from './visitor';

@ApiTags('Invites')
@Controller('v0/invites/accept/oidc')
export class InviteLoginController {
  constructor(
    private readonly startLogin: StartInviteLogin,
    private readonly publicUrl: PublicUrl,
  ) {}

  @Post()
  @HttpCode(200)
  @Public()
  @Limited('auth')
  @ApiOperation({
    operationId: 'start-invite-login',
    summary: "Become a user by the token of an invite and a sign-in at the organization's identity provider",
    description:
      'Sets a cookie that binds the login to the browser and answers where it has to go. Whoever comes back from there ' +
      'accepts the invite and is signed in, whatever the email address that the provider says.',
  })
  @ApiOkResponse({ type: InviteLoginDto })
  @ApiProblem(400)
  @ApiProblem(401)
  @ApiProblem(403)
  @ApiProblem(410)
  @ApiProblem(429)
  async start(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() input: StartInviteLoginDto,
  ): Promise<InviteLoginDto> {
    checkOrigin(request, this.publicUrl.origin);
    const browser = browserCookie(request.cookies[LOGIN_COOKIE] ?? null);
    const url = await this.startLogin.execute(visitorOf(request), {
      token: input.token,
      returnTo: returnTo(input.return_to, 'body'),
      browser,
    });
    setLoginCookie(reply, browser, LOGIN_ATTEMPT_SECONDS);
    return { url };
  }
}
