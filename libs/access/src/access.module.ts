import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AuditModule } from '@portolan/audit';
import type { AccessConfig } from '@portolan/config';
import { Egress } from '@portolan/egress';
import { SecretBox } from '@portolan/vault';
import { ACCESS_CONFIG } from './access-config';
import { AUTHENTICATION } from './authentication/providers';
import { CAPABILITY_URLS } from './capability-urls/providers';
import { FindAuthorizationServers } from './find-authorization-servers.query';
import { FindRegistry } from './find-registry.query';
import { ISSUERS } from './issuers/providers';
import { LIMITS } from './limits/providers';
import { ORGANIZATIONS } from './organizations/providers';
import { PublicUrl } from './public-url';
import { RBAC } from './rbac/providers';
import { SIGN_IN } from './sign-in/providers';
import { SYSTEM_ACCOUNTS } from './system-accounts/providers';
import { TEAMS } from './teams/providers';
import { TOKENS } from './tokens/providers';
import { USERS } from './users/providers';

const PROVIDERS = [
  ...AUTHENTICATION,
  ...CAPABILITY_URLS,
  ...ISSUERS,
  ...LIMITS,
  ...ORGANIZATIONS,
  ...RBAC,
  ...SIGN_IN,
  ...SYSTEM_ACCOUNTS,
  ...TEAMS,
  ...TOKENS,
  ...USERS,
  FindAuthorizationServers,
  FindRegistry,
  PublicUrl,
];

@Global()
@Module({})
export class AccessModule {
  static forRoot(config: AccessConfig): DynamicModule {
    return {
      module: AccessModule,
      imports: [AuditModule],
      providers: [
        { provide: ACCESS_CONFIG, useValue: config },
        { provide: Egress, useFactory: () => new Egress({ allow: config.egressAllow }) },
        { provide: SecretBox, useFactory: () => new SecretBox(config.secretsKeys) },
        ...PROVIDERS,
      ],
      exports: [ACCESS_CONFIG, Egress, SecretBox, ...PROVIDERS],
    };
  }
}
