import { Inject, Injectable } from '@nestjs/common';
import type { AccessConfig } from '@portolan/config';
import { ACCESS_CONFIG } from '../access-config';
import { AuthenticateCapabilityUrl, type NamedRegistry, type Opened } from './authenticate-capability-url.query';
import { AuthenticateJwt } from './authenticate-jwt.query';
import { AuthenticateSession } from './authenticate-session.query';
import { AuthenticateToken } from './authenticate-token.query';
import type { Credential, Presented } from './credential';
import { CredentialMemory, keyOfCredential, keyOfUrl, type ShownAt } from './credential-memory';
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
    private readonly memory: CredentialMemory,
    @Inject(ACCESS_CONFIG) private readonly config: AccessConfig,
  ) {}

  /** Whoever operates the platform, who is nobody inside an organization. */
  isOperator({ kind, text }: Credential): boolean {
    return kind !== 'session' && isOperatorToken(text, this.config.operatorTokens);
  }

  /** Who showed this credential a short while ago, as far as that still holds. */
  remembered(credential: Credential, shownAt: ShownAt): SignedIn | undefined {
    return this.memory.signedIn.find(keyOfCredential(credential, shownAt));
  }

  /** What the secret in a path opened a short while ago, as far as that still holds. */
  rememberedUrl(secret: string, named: NamedRegistry, address: string): Opened | undefined {
    return this.memory.opened.find(keyOfUrl(secret, named, address));
  }

  /** What the secret in a path opens. */
  async openUrl(secret: string, named: NamedRegistry, presented: Presented): Promise<Opened | Refused> {
    const before = this.memory.before();
    const answer = await this.capabilityUrl.run(secret, named, presented);
    if (answer.outcome === 'signed-in')
      this.memory.opened.keep(keyOfUrl(secret, named, presented.address), before, answer);
    return answer;
  }

  async run(credential: Credential, presented: Presented): Promise<SignedIn | Refused> {
    const before = this.memory.before();
    const answer = await this.lookUp(credential, presented);
    if (answer.outcome === 'signed-in')
      this.memory.signedIn.keep(keyOfCredential(credential, presented), before, answer);
    return answer;
  }

  private lookUp({ kind, text }: Credential, presented: Presented): Promise<SignedIn | Refused> {
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
