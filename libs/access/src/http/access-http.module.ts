import { Module } from '@nestjs/common';
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core';
import { AuditModule } from '@portolan/audit';
import { AuditDenials } from './audit-denials.interceptor';
import { AuditReads } from './audit-reads.interceptor';
import { AuthGuard } from './auth.guard';
import { CAPABILITY_URL_CONTROLLERS } from './capability-urls/controllers';
import { DecisionTrail } from './decision-trail';
import { ISSUER_CONTROLLERS } from './issuers/controllers';
import { ORGANIZATION_CONTROLLERS } from './organizations/controllers';
import { RememberedAdmission } from './remembered-admission';
import { ROLE_CONTROLLERS } from './roles/controllers';
import { SIGN_IN_CONTROLLERS } from './sign-in/controllers';
import { SYSTEM_ACCOUNT_CONTROLLERS } from './system-accounts/controllers';
import { TEAM_CONTROLLERS } from './teams/controllers';
import { TOKEN_CONTROLLERS } from './tokens/controllers';
import { USER_CONTROLLERS } from './users/controllers';
import { WELL_KNOWN_CONTROLLERS } from './well-known/controllers';

@Module({
  imports: [AuditModule],
  // In the order in which their routes are tried and described.
  controllers: [
    ...ORGANIZATION_CONTROLLERS,
    ...USER_CONTROLLERS,
    ...TEAM_CONTROLLERS,
    ...SYSTEM_ACCOUNT_CONTROLLERS,
    ...TOKEN_CONTROLLERS,
    ...ROLE_CONTROLLERS,
    ...ISSUER_CONTROLLERS,
    ...SIGN_IN_CONTROLLERS,
    ...CAPABILITY_URL_CONTROLLERS,
    ...WELL_KNOWN_CONTROLLERS,
  ],
  providers: [
    { provide: APP_GUARD, useClass: AuthGuard },
    { provide: APP_INTERCEPTOR, useClass: AuditDenials },
    { provide: APP_INTERCEPTOR, useClass: AuditReads },
    DecisionTrail,
    RememberedAdmission,
  ],
  exports: [RememberedAdmission],
})
export class AccessHttpModule {}
