import { constant, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type Principal } from '@portolan/kernel';
import type { Access } from '../rbac/access';
import { assignmentsOf, requireCeiling } from '../rbac/holder';

export type OwnerType = 'user' | 'system_account';

/** An owner of tokens as a path names it. */
export interface NamedOwner {
  readonly type: OwnerType;
  /** An id, or `me` for the user who asks. */
  readonly id: string;
}

export interface TokenOwner {
  readonly type: OwnerType;
  readonly id: string;
  /** True when it is the owner itself who asks. */
  readonly own: boolean;
}

const OWNERS = {
  user: { table: constant('user_account'), missing: 'user_not_found' },
  system_account: { table: constant('system_account'), missing: 'system_account_not_found' },
} as const;

/** Finds the owner that a path means, for a caller who may know of it. */
export async function findOwner(tx: Tx, access: Access, named: NamedOwner): Promise<TokenOwner> {
  return ownerOf(tx, access, named, constant(''));
}

/** The same for a change: changes to the tokens of one owner follow each other. */
export async function lockOwner(tx: Tx, access: Access, named: NamedOwner): Promise<TokenOwner> {
  return ownerOf(tx, access, named, constant('for no key update'));
}

/**
 * Others' tokens are changed by those who may do all that the tokens may.
 *
 * @throws AppError forbidden, privilege_ceiling
 */
export async function requireEditor(tx: Tx, access: Access, owner: TokenOwner): Promise<void> {
  if (owner.own) return;
  if (!access.can('identity:edit', null)) throw new AppError('forbidden', { permission: 'identity:edit' });
  requireCeiling(access, await assignmentsOf(tx, owner));
}

/**
 * Nobody can act in the name of a user but the user.
 *
 * @throws AppError forbidden
 */
export function requireUserItself(owner: TokenOwner): void {
  if (owner.type === 'user' && !owner.own)
    throw new AppError('forbidden', {
      permission: 'self:edit',
      detail: 'Personal access tokens are created and rotated by their user alone',
    });
}

async function ownerOf(
  tx: Tx,
  access: Access,
  named: NamedOwner,
  lock: ReturnType<typeof constant>,
): Promise<TokenOwner> {
  const { type } = named;
  const { principal } = tx.ctx;
  const id = idOf(principal, named);
  const own = principal.type === type && principal.id === id;
  // Who may not see principals does not learn which there are.
  if (!own && !access.can('identity:read', null)) throw new AppError('forbidden', { permission: 'identity:read' });
  const { table, missing } = OWNERS[type];
  if (!isUuid(id) || !(await tx.row(sql`select 1 from ${table} where org_id = ${tx.ctx.orgId} and id = ${id} ${lock}`)))
    throw new AppError(missing);
  return { type, id, own };
}

function idOf(principal: Principal, { type, id }: NamedOwner): string {
  if (type !== 'user' || id !== 'me') return id.toLowerCase();
  if (principal.type === 'user' && principal.id !== null) return principal.id;
  throw new AppError('forbidden', { permission: 'self:read', detail: 'This credential does not belong to a user' });
}
