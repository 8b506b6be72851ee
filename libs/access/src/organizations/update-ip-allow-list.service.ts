import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { constant, OrgDb, sql } from '@portolan/db';
import { AppError, invalidParameter, type Ctx } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { requireAdministrator } from '../rbac/require-administrator';
import { callerIsIn, canonicalRanges, ipAllowListOf, type IpAllowList } from './ip-allow-list';
import { requireOwnOrganization } from './own-organization';

/** Says from which addresses the organization's credentials may be used. */
@Injectable()
export class UpdateIpAllowList {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param change what is absent stays; ranges are well-formed
   * @param force also when the caller's own address is not in the list
   * @throws AppError organization_not_found, privilege_ceiling, invalid_parameters, would_lock_out
   */
  async execute(
    ctx: Ctx,
    access: Access,
    organizationId: string,
    change: Partial<IpAllowList>,
    force: boolean,
  ): Promise<IpAllowList> {
    requireOwnOrganization(ctx, organizationId);
    requireAdministrator(access);
    return this.db.write(ctx, async (tx) => {
      const before = await ipAllowListOf(tx, constant('for no key update'));
      const enabled = change.enabled ?? before.enabled;
      const ranges = change.allowed_ips ? await canonicalRanges(tx, change.allowed_ips) : before.allowed_ips;
      if (enabled && ranges.length === 0) throw shutsEverybodyOut();
      if (enabled && !force && !(await callerIsIn(tx, ranges))) throw new AppError('would_lock_out');
      await tx.run(sql`
        update organization
        set ip_allow_list_enabled = ${enabled}, allowed_ips = ${ranges}::cidr[], updated_at = clock_timestamp()
        where id = ${ctx.orgId}`);
      const after = { enabled, allowed_ips: ranges };
      await recordAudit(tx, { action: 'ip_allow_list.update', targetId: ctx.orgId, before, after });
      return after;
    });
  }
}

function shutsEverybodyOut(): AppError {
  return invalidParameter({
    field: 'allowed_ips',
    rule: 'min_items',
    minimum: 1,
    reason: 'allowed_ips must contain at least 1 entry while the list is enabled',
    source: 'body',
  });
}
