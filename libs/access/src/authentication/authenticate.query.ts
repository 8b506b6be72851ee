import { Inject, Injectable } from '@nestjs/common';
import type { AccessConfig } from '@portolan/config';
import { ACCESS_CONFIG } from '../access-config';
import { AuthenticateCapabilityUrl, type NamedRegistry, type Opened } from './authenticate-capability-url.query';
import { AuthenticateJwt } from './authenticate-jwt.query';
import { AuthenticateSession } from './authenticate-session.query';
import { AuthenticateToken } from './authenticate-token.query';
import type { Credential, Presented } from './credential';
import { isOperatorToken } from './operator';
import { refused, type Refused, type SignedIn } from './signed-in';

/** Who shows this credential. */
@Injectable()
export class Authenticate {
  constructor(
    private readonly token: AuthenticateToken,
    private readonly jwt: AuthenticateJwt,
    private readonly session: AuthenticateSession,
    private readonly capabilityUrl: AuthenticateCapabilityUrl,
    @Inject(ACCESS_CONFIG) private readonly config: AccessConfig,
  ) {}

  /** Whoever operates the platform, who is nobody inside an organization. */
  isOperator({ kind, text }: Credential): boolean {
    return kind !== 'session' && isOperatorToken(text, this.config.operatorTokens);
  }

  /** What the secret in a path opens. */
  openUrl(secret: string, named: NamedRegistry, presented: Presented): Promise<Opened | Refused> {
    return this.capabilityUrl.run(secret, named, presented);
  }

  run({ kind, text }: Credential, presented: Presented): Promise<SignedIn | Refused> {
    switch (kind) {
      case 'access_token':
        return this.token.run(text, presented);
      case 'jwt':
        return this.jwt.run(text, presented);
      case 'session':
        return this.session.run(text, presented);
      case 'capability_url':
      case 'unknown':
        return Promise.resolve(refused('malformed'));
    }
  }
}
