import { Inject, Injectable } from '@nestjs/common';
import type { AccessConfig } from '@portolan/config';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { ACCESS_CONFIG } from '../access-config';
import { countOf, type QuotaKind, type QuotaSettings } from '../limits/quotas.service';
import type { RateLimitSettings } from '../limits/rate-limit-settings';
import { requireOwnOrganization } from './own-organization';

export interface OrganizationLimits {
  readonly rate_limits: AccessConfig['rateLimits'];
  readonly quotas: Readonly<Record<QuotaKind, { readonly maximum: number; readonly in_use: number }>>;
}

type Standing = Readonly<Record<QuotaKind, number>> & {
  readonly own_rate_limits: RateLimitSettings;
  readonly own_quotas: QuotaSettings;
};

/** The limits in force, the organization's own or the platform's, and how far they are used up. */
@Injectable()
export class GetOrganizationLimits {
  constructor(
    private readonly db: OrgDb,
    @Inject(ACCESS_CONFIG) private readonly config: AccessConfig,
  ) {}

  /** @throws AppError organization_not_found */
  async run(ctx: Ctx, organizationId: string): Promise<OrganizationLimits> {
    requireOwnOrganization(ctx, organizationId);
    const { orgId } = ctx;
    const standing = await this.db.read(ctx, (tx) =>
      tx.row<Standing>(sql`
        select o.rate_limits as own_rate_limits, o.quotas as own_quotas,
               (${countOf('registries', orgId)}) as registries, (${countOf('teams', orgId)}) as teams,
               (${countOf('tokens', orgId)}) as tokens, fullest.servers, fullest.versions
        from organization o,
             (select coalesce(max(server_count), 0)::float8 as servers,
                     coalesce(max(version_count), 0)::float8 as versions
              from registry where org_id = ${orgId}) fullest
        where o.id = ${orgId}`),
    );
    if (!standing) throw new AppError('organization_not_found');
    const quota = (kind: QuotaKind) => ({
      maximum: standing.own_quotas[kind] ?? this.config.quotas[kind],
      in_use: standing[kind],
    });
    return {
      rate_limits: { ...this.config.rateLimits, ...standing.own_rate_limits },
      quotas: {
        registries: quota('registries'),
        servers: quota('servers'),
        versions: quota('versions'),
        tokens: quota('tokens'),
        teams: quota('teams'),
      },
    };
  }
}
