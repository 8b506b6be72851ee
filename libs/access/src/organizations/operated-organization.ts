import { sql, type SqlFragment, type Tx } from '@portolan/db';
import { AppError, isUuid, type Ctx } from '@portolan/kernel';
import { OPERATED_COLUMNS, type OperatedOrganizationRow } from './organization-row';

/**
 * The operator's context inside one organization.
 *
 * @throws AppError organization_not_found for what cannot be an id
 */
export function operatorCtx(ctx: Ctx, organizationId: string): Ctx {
  if (!isUuid(organizationId)) throw new AppError('organization_not_found');
  return { ...ctx, orgId: organizationId.toLowerCase() };
}

/** @throws AppError organization_not_found */
export async function operatedOrganization(tx: Tx, lock: SqlFragment): Promise<OperatedOrganizationRow> {
  const row = await tx.row<OperatedOrganizationRow>(
    sql`select ${OPERATED_COLUMNS} from organization where id = ${tx.ctx.orgId} ${lock}`,
  );
  if (!row) throw new AppError('organization_not_found');
  return row;
}
