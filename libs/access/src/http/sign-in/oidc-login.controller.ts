import { Controller, Get, HttpCode, Param, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiQuery, ApiResponse, ApiTags } from '@nestjs/swagger';
import { single, unknownParameter } from '@portolan/kernel';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { FinishOidcLogin } from '../../sign-in/oidc/finish-oidc-login.service';
import { browserCookie, LOGIN_ATTEMPT_SECONDS } from '../../sign-in/oidc/login-attempt';
import { returnTo } from '../../sign-in/oidc/return-to';
import { StartOidcLogin } from '../../sign-in/oidc/start-oidc-login.service';
import { Limited } from '../limited.decorator';
import { ApiProblem } from '../problem.dto';
import { Public } from '../public.decorator';
import { clearLoginCookie, LOGIN_COOKIE, setLoginCookie, setSessionCookie, visitorOf } from './visitor';

type QueryString = Readonly<Record<string, unknown>>;

@ApiTags('Sign-in')
@Controller('v0/authenticate/:loginPath')
export class OidcLoginController {
  constructor(
    private readonly startLogin: StartOidcLogin,
    private readonly finishLogin: FinishOidcLogin,
  ) {}

  @Get()
  @HttpCode(302)
  @Public()
  @Limited('auth')
  @ApiQuery({
    name: 'return_to',
    required: false,
    schema: { type: 'string', default: '/docs' },
    description: 'Where the browser goes afterwards: a path of ours.',
  })
  @ApiOperation({
    operationId: 'start-oidc-login',
    summary: "Sign in at the organization's identity provider, with a browser",
  })
  @ApiResponse({ status: 302, description: 'To the identity provider.' })
  @ApiProblem(400)
  @ApiProblem(401)
  @ApiProblem(403)
  @ApiProblem(404)
  @ApiProblem(429)
  async start(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('loginPath') loginPath: string,
    @Query() query: QueryString,
  ): Promise<void> {
    const browser = browserCookie(request.cookies[LOGIN_COOKIE] ?? null);
    const url = await this.startLogin.execute(visitorOf(request), { loginPath, returnTo: returnToOf(query), browser });
    setLoginCookie(reply, browser, LOGIN_ATTEMPT_SECONDS);
    void reply.header('Location', url);
  }

  @Get('callback')
  @HttpCode(302)
  @Public()
  @Limited('auth')
  @ApiOperation({
    operationId: 'finish-oidc-login',
    summary: 'Where an identity provider sends the browser back to; opens a session',
  })
  @ApiResponse({ status: 302, description: 'To the path that the login was begun with; sets the session cookie.' })
  @ApiProblem(401)
  @ApiProblem(403)
  @ApiProblem(404)
  @ApiProblem(429)
  async finish(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Param('loginPath') loginPath: string,
    @Query() { state }: QueryString,
  ): Promise<void> {
    const finished = await this.finishLogin.execute(visitorOf(request), {
      loginPath,
      state: typeof state === 'string' ? state : null,
      search: /\?.*$/s.exec(request.url)?.[0] ?? '',
      browser: request.cookies[LOGIN_COOKIE] ?? null,
    });
    setSessionCookie(reply, finished.session);
    clearLoginCookie(reply);
    // The URL of this answer holds a code of the provider.
    void reply.headers({ 'Referrer-Policy': 'no-referrer', Location: finished.returnTo });
  }
}

function returnToOf(query: QueryString): string {
  let text: string | undefined;
  for (const [key, raw] of Object.entries(query)) {
    if (key !== 'return_to') throw unknownParameter(key);
    text = single(key, raw);
  }
  return returnTo(text);
}
