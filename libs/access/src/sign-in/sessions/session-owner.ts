import { sql, type Tx } from '@portolan/db';
import { AppError, isUuid } from '@portolan/kernel';
import type { Access } from '../../rbac/access';
import { ownUserId } from '../../users/user-row';

export interface SessionOwner {
  readonly id: string;
  readonly email: string;
  readonly isCaller: boolean;
}

/**
 * The user of a path: oneself, also as `me`, or anybody for those who hold the permission over users. Nobody else learns
 * which users there are.
 *
 * @throws AppError forbidden, user_not_found
 */
export async function sessionOwner(
  tx: Tx,
  access: Access,
  userId: string,
  permission: 'identity:read' | 'identity:edit',
): Promise<SessionOwner> {
  const { orgId, principal } = tx.ctx;
  const id = userId === 'me' ? ownUserId(tx.ctx) : userId.toLowerCase();
  const isCaller = principal.type === 'user' && principal.id === id;
  if (!isCaller && !access.can(permission, null)) throw new AppError('forbidden', { permission });
  const user = isUuid(id)
    ? await tx.row<{ id: string; email: string }>(
        sql`select id, email from user_account where org_id = ${orgId} and id = ${id}`,
      )
    : undefined;
  if (!user) throw new AppError('user_not_found');
  return { ...user, isCaller };
}
