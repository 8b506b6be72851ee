import { Injectable } from '@nestjs/common';
import { CheckInvite } from '../../users/check-invite.service';
import { contextFor, type Visitor } from '../visitor';
import { BeginOidcLogin } from './begin-oidc-login.service';

export interface InviteLoginStart {
  /** Of the invite. */
  readonly token: string;
  /** A path of ours. */
  readonly returnTo: string;
  /** The cookie that binds the attempt to the browser. */
  readonly browser: string;
}

/** Sends an invited person to the identity provider by which he joins: whoever comes back gets the account. */
@Injectable()
export class StartInviteLogin {
  constructor(
    private readonly checkInvite: CheckInvite,
    private readonly beginLogin: BeginOidcLogin,
  ) {}

  /**
   * @returns the URL of the provider
   * @throws AppError invite_invalid alike for whatever is wrong with the token; with a good one organization_suspended,
   * address_not_allowed, login_disabled, sso_failed
   */
  async execute(visitor: Visitor, { token, returnTo, browser }: InviteLoginStart): Promise<string> {
    const { orgId, id: inviteId } = await this.checkInvite.execute(visitor, token, 'oidc');
    return this.beginLogin.execute(contextFor(visitor, orgId), { returnTo, browser, inviteId });
  }
}
