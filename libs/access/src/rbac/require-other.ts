import { AppError, type Ctx, type Principal } from '@portolan/kernel';

/**
 * Whoever disables or deletes the account by which he acts has to say twice that he wants it.
 *
 * @throws AppError would_lock_out
 */
export function requireOther({ principal }: Ctx, type: Principal['type'], id: string, force: boolean): void {
  if (!force && principal.type === type && principal.id === id) throw new AppError('would_lock_out');
}
