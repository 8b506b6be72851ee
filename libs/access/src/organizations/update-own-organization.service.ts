import { Injectable } from '@nestjs/common';
import { recordAudit } from '@portolan/audit';
import { brokenConstraint, OrgDb, sql, type Tx } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { ORGANIZATION_COLUMNS, type OrganizationRow } from './organization-row';

/** Absent means unchanged. */
export interface OwnOrganizationChange {
  readonly displayName?: string;
  readonly loginPath?: string;
}

/** What an organization may change about itself; its name stays. */
@Injectable()
export class UpdateOwnOrganization {
  constructor(private readonly db: OrgDb) {}

  /** @throws AppError login_path_taken */
  async execute(ctx: Ctx, change: OwnOrganizationChange): Promise<OrganizationRow> {
    try {
      return await this.db.write(ctx, async (tx) => {
        const before = await tx.row<OrganizationRow>(
          sql`select ${ORGANIZATION_COLUMNS} from organization where id = ${ctx.orgId} for no key update`,
        );
        if (!before) throw new AppError('organization_not_found');
        if (change.loginPath !== undefined) await requireOwnPath(tx, change.loginPath);
        const after = await tx.row<OrganizationRow>(sql`
          update organization
          set display_name = ${change.displayName ?? before.display_name},
              login_path = ${change.loginPath ?? before.login_path}, updated_at = clock_timestamp()
          where id = ${ctx.orgId} returning ${ORGANIZATION_COLUMNS}`);
        if (!after) throw new AppError('organization_not_found');
        await recordAudit(tx, {
          action: 'organization.update',
          targetId: after.id,
          targetName: after.name,
          before,
          after,
        });
        return after;
      });
    } catch (error) {
      if (brokenConstraint(error) === 'organization_login_path_key') throw new AppError('login_path_taken');
      throw error;
    }
  }
}

// Whoever signs in by the name of an organization would give another one his password.
async function requireOwnPath(tx: Tx, loginPath: string): Promise<void> {
  const named = await tx.row<{ id: string | null }>(sql`select find_organization_id(${loginPath}) as id`);
  if (named?.id && named.id !== tx.ctx.orgId) throw new AppError('login_path_taken');
}
