import { AppError } from '@portolan/kernel';

/** Somebody whom an identity provider sent is not let in. */
export class SsoFailure extends Error {
  /**
   * @param reason for the audit trail; the browser never learns it
   * @param detail for the browser, where it helps to tell more than that it failed
   */
  constructor(
    readonly reason: string,
    private readonly detail: string | null = null,
  ) {
    super(reason);
  }

  toAppError(): AppError {
    return this.detail === null ? new AppError('sso_failed') : new AppError('sso_failed', { detail: this.detail });
  }
}
