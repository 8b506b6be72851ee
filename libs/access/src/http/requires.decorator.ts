import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiBearerAuth, ApiCookieAuth, ApiSecurity } from '@nestjs/swagger';
import type { Permission } from '../rbac/permissions';
import { ApiProblem } from './problem.dto';

export const REQUIRES = 'portolan:requires';

/** The permission that the guard asks for before the route runs. */
export const Requires = (permission: Permission) =>
  applyDecorators(
    SetMetadata(REQUIRES, permission),
    ApiBearerAuth('accessToken'),
    ApiSecurity('apiKey'),
    ApiCookieAuth('session'),
    ApiProblem(401),
    ApiProblem(403),
    ApiProblem(429),
  );
