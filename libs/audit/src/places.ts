import { AppError } from '@portolan/kernel';

export interface PlacesOptions {
  /** What takes a place, in the plural. */
  readonly what: string;
  readonly ofOrganization: number;
  readonly ofProcess: number;
  readonly retryAfterSeconds: number;
}

/** Bounds what runs at once in this process, for each organization and for all of them. */
export class Places {
  private readonly taken = new Map<string, number>();
  private takenInAll = 0;

  constructor(private readonly options: PlacesOptions) {}

  /**
   * @returns gives the place back; may be called more than once
   * @throws AppError rate_limited when no place is free
   */
  take(orgId: string): () => void {
    const { what, ofOrganization, ofProcess } = this.options;
    const taken = this.taken.get(orgId) ?? 0;
    if (taken >= ofOrganization) throw this.full(`At most ${ofOrganization} ${what} of an organization run at once`);
    if (this.takenInAll >= ofProcess) throw this.full(`Too many ${what} run at this time`);
    this.taken.set(orgId, taken + 1);
    this.takenInAll += 1;
    let isBack = false;
    return () => {
      if (isBack) return;
      isBack = true;
      this.giveBack(orgId);
    };
  }

  private giveBack(orgId: string): void {
    const left = (this.taken.get(orgId) ?? 1) - 1;
    if (left === 0) this.taken.delete(orgId);
    else this.taken.set(orgId, left);
    this.takenInAll -= 1;
  }

  private full(why: string): AppError {
    return new AppError('rate_limited', {
      detail: `${why}. See the Retry-After header`,
      headers: { 'Retry-After': String(this.options.retryAfterSeconds) },
    });
  }
}
