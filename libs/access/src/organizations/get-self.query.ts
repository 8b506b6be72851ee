import { Injectable } from '@nestjs/common';
import { OrgDb, sql } from '@portolan/db';
import { AppError, type Ctx } from '@portolan/kernel';
import { RecordDenial } from '../record-denial.service';

export interface OrganizationRow {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly state: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly full_name: string;
  readonly active: boolean;
  readonly created_at: string;
  readonly updated_at: string;
}

/** The caller's own organization and account. */
@Injectable()
export class GetSelf {
  constructor(
    private readonly db: OrgDb,
    private readonly denials: RecordDenial,
  ) {}

  async organization(ctx: Ctx): Promise<OrganizationRow> {
    const row = await this.db.read(ctx, (tx) =>
      tx.row<OrganizationRow>(sql`
        select id, name, display_name, state, rfc3339(created_at) as created_at, rfc3339(updated_at) as updated_at
        from organization where id = ${ctx.orgId}`),
    );
    if (!row) throw new AppError('unauthenticated');
    return row;
  }

  /** @throws AppError forbidden for a principal that is no user */
  async user(ctx: Ctx): Promise<UserRow> {
    const row = await this.db.read(ctx, (tx) =>
      tx.row<UserRow>(sql`
        select id, email, full_name, active, rfc3339(created_at) as created_at, rfc3339(updated_at) as updated_at
        from user_account where org_id = ${ctx.orgId} and id = ${ctx.principal.id}::uuid`),
    );
    if (row) return row;
    await this.denials.execute(ctx, { action: 'permission.deny', reason: 'self:read', targetName: 'GET /v0/users/me' });
    throw new AppError('forbidden', { detail: 'This credential belongs to a system account, not to a user' });
  }
}
