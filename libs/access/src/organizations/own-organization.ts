import { AppError, type Ctx } from '@portolan/kernel';

/**
 * A path names the caller's organization by its id or as `me`; every other one is not there.
 *
 * @throws AppError organization_not_found
 */
export function requireOwnOrganization(ctx: Ctx, organizationId: string): void {
  if (organizationId !== 'me' && organizationId.toLowerCase() !== ctx.orgId)
    throw new AppError('organization_not_found');
}
