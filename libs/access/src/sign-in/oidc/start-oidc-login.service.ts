import { Injectable } from '@nestjs/common';
import { AppError } from '@portolan/kernel';
import { FindLoginPath } from '../find-login-path.query';
import { contextFor, type Visitor } from '../visitor';
import { BeginOidcLogin } from './begin-oidc-login.service';

export interface OidcLoginStart {
  readonly loginPath: string;
  /** A path of ours. */
  readonly returnTo: string;
  /** The cookie that binds the attempt to the browser. */
  readonly browser: string;
}

/** Sends a browser to its organization's identity provider. */
@Injectable()
export class StartOidcLogin {
  constructor(
    private readonly findLoginPath: FindLoginPath,
    private readonly beginLogin: BeginOidcLogin,
  ) {}

  /**
   * @returns the URL of the provider
   * @throws AppError login_path_not_found, login_disabled, sso_failed
   */
  async execute(visitor: Visitor, { loginPath, returnTo, browser }: OidcLoginStart): Promise<string> {
    const orgId = await this.findLoginPath.run(loginPath);
    if (orgId === null) throw new AppError('login_path_not_found');
    return this.beginLogin.execute(contextFor(visitor, orgId), { returnTo, browser, inviteId: null });
  }
}
