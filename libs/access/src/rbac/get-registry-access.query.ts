import { Injectable } from '@nestjs/common';
import { OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type Ctx } from '@portolan/kernel';
import type { FoundRegistry } from '../find-registry.query';
import { PUBLIC_READS, type Permission } from './permissions';
import { findRole, REGISTRIES, REGISTRY_ADMIN } from './roles';

export interface AccessPrincipal {
  readonly id: string;
  readonly type: 'user' | 'system_account' | 'jwt_subject';
  /** Email address, name of the account, or subject. */
  readonly name: string;
  readonly active: boolean;
}

export interface AccessAssignment {
  readonly assignment_id: string;
  readonly role_name: string;
  readonly entity_type_name: string;
  readonly entity_id: string;
  /** The team that holds the role; null when the principal does. */
  readonly team: { readonly id: string; readonly name: string } | null;
}

export interface RegistryAccess {
  readonly principal: AccessPrincipal;
  readonly registry: Pick<FoundRegistry, 'id' | 'name' | 'visibility'>;
  /** By name. */
  readonly permissions: readonly {
    readonly permission: Permission;
    readonly granted_by: readonly (AccessAssignment | { readonly visibility: 'public' })[];
  }[];
}

/** Which permissions a principal has on a registry, and what gives it each. */
@Injectable()
export class GetRegistryAccess {
  constructor(private readonly db: OrgDb) {}

  /**
   * @param principal id of a user, a system account or a JWT subject, or a user's email address
   * @throws AppError principal_not_found
   */
  run(ctx: Ctx, { id, name, visibility }: FoundRegistry, principal: string): Promise<RegistryAccess> {
    return this.db.read(ctx, async (tx) => {
      const found = await this.findPrincipal(tx, principal);
      if (!found) throw new AppError('principal_not_found');
      const assignments = await this.assignments(tx, found.id, id);
      const permissions = onOneRegistry().flatMap((permission) => {
        const granted = assignments.filter(({ role_name: role, entity_type_name: type }) =>
          findRole(type, role)?.permissions.includes(permission),
        );
        const open = visibility === 'public' && PUBLIC_READS.has(permission) ? [{ visibility } as const] : [];
        const grantedBy = [...granted, ...open];
        return grantedBy.length === 0 ? [] : [{ permission, granted_by: grantedBy }];
      });
      return { principal: found, registry: { id, name, visibility }, permissions };
    });
  }

  private findPrincipal(tx: Tx, principal: string): Promise<AccessPrincipal | undefined> {
    const { orgId } = tx.ctx;
    if (!isUuid(principal))
      return tx.row<AccessPrincipal>(sql`
        select id, 'user' as type, email as name, active from user_account
        where org_id = ${orgId} and lower(email) = lower(${principal})`);
    return tx.row<AccessPrincipal>(sql`
      select id, 'user' as type, email as name, active from user_account where org_id = ${orgId} and id = ${principal}
      union all
      select id, 'system_account', name, active from system_account where org_id = ${orgId} and id = ${principal}
      union all
      select s.id, 'jwt_subject', s.subject, i.enabled
      from issuer_subject s join trusted_issuer i on i.org_id = s.org_id and i.id = s.issuer_id
      where s.org_id = ${orgId} and s.id = ${principal}`);
  }

  /** What the principal holds, by itself or by a team, that counts on the registry. */
  private assignments(tx: Tx, principalId: string, registryId: string): Promise<AccessAssignment[]> {
    const { orgId } = tx.ctx;
    return tx.rows<AccessAssignment>(sql`
      select a.id as assignment_id, a.role_name, a.entity_type_name, a.entity_id,
             case when t.id is not null then jsonb_build_object('id', t.id, 'name', t.name) end as team
      from role_assignment a
      left join team t on t.org_id = a.org_id and t.id = a.team_id
      where a.org_id = ${orgId}
        and (a.entity_id = '*' or (a.entity_type_name = ${REGISTRIES} and a.entity_id = ${registryId}))
        and (${principalId} in (a.user_id, a.system_account_id, a.issuer_subject_id)
             or a.team_id in (select m.team_id from team_member m
                              where m.org_id = ${orgId} and ${principalId} in (m.user_id, m.system_account_id)))
      order by t.name nulls first, a.entity_type_name, a.role_name, a.entity_id, a.id`);
  }
}

/** What can be done to one registry is what its Admin may do. */
function onOneRegistry(): readonly Permission[] {
  return [...(findRole(REGISTRIES, REGISTRY_ADMIN)?.permissions ?? [])].sort();
}
