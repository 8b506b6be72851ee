import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '@portolan/kernel';
import { addressGroup } from './address-group';
import { limitHeaders } from './limit-headers';
import { ProcessBuckets } from './process-buckets';
import type { Buckets, BucketSize } from './token-bucket';

const PER_FIVE_MINUTES = 1 / 300;

/** Failed logins to one account from one address: ten, then one in 30 seconds. */
export const FAILURES_OF_ACCOUNT_AT_ADDRESS: BucketSize = { per_second: 10 * PER_FIVE_MINUTES, burst: 10 };

/** Failed logins from one address, whatever the accounts. */
export const LOGIN_FAILURES_OF_ADDRESS: BucketSize = { per_second: 100 * PER_FIVE_MINUTES, burst: 100 };

/** Failed logins to one account from wherever: bounds who guesses from many addresses. */
export const FAILURES_OF_ACCOUNT: BucketSize = { per_second: 100 * PER_FIVE_MINUTES, burst: 100 };

// Not a limit but a mark, shared and forgotten as buckets are: a token is a day, and while the bucket is not full the
// account has signed in at the address. Each login takes 30 where there are so many.
const KNOWN_ADDRESS: BucketSize = { per_second: 1 / 86_400, burst: 60 };
const KNOWN_FOR_DAYS = 30;

interface Keys {
  readonly account: string;
  readonly address: string;
  readonly accountAtAddress: string;
  readonly known: string;
}

/**
 * Slows the guessing of passwords: per account at an address, per address, and per account wherever the guesses come
 * from. Accounts that do not exist are counted alike. Whoever uses up the last of them does not lock the owner out:
 * an address at which the account has signed in within the last 30 days goes by the first two alone.
 */
@Injectable()
export class LoginThrottle {
  constructor(@Inject(ProcessBuckets) private readonly buckets: Buckets) {}

  /**
   * To be called before the password is looked at. Counts the attempt at once, so that many under way together are no
   * more than they may be; `succeeded` and `notLookedAt` take that back.
   *
   * @throws AppError rate_limited
   */
  async check(loginPath: string, email: string, address: string): Promise<void> {
    const keys = keysOf(loginPath, email, address);
    if ((await this.buckets.peek(keys.known, KNOWN_ADDRESS)).resetMs === 0)
      await this.require('peek', keys.account, FAILURES_OF_ACCOUNT);
    await this.require('take', keys.accountAtAddress, FAILURES_OF_ACCOUNT_AT_ADDRESS);
    try {
      await this.require('take', keys.address, LOGIN_FAILURES_OF_ADDRESS);
    } catch (error) {
      await this.buckets.give(keys.accountAtAddress, FAILURES_OF_ACCOUNT_AT_ADDRESS);
      throw error;
    }
  }

  /** Takes `check` back for a password that was not looked at. */
  async notLookedAt(loginPath: string, email: string, address: string): Promise<void> {
    const keys = keysOf(loginPath, email, address);
    await Promise.all([
      this.buckets.give(keys.accountAtAddress, FAILURES_OF_ACCOUNT_AT_ADDRESS),
      this.buckets.give(keys.address, LOGIN_FAILURES_OF_ADDRESS),
    ]);
  }

  async failed(loginPath: string, email: string, address: string): Promise<void> {
    await this.buckets.take(keysOf(loginPath, email, address).account, FAILURES_OF_ACCOUNT);
  }

  /** The account may fail as often as ever again, but only at this address. */
  async succeeded(loginPath: string, email: string, address: string): Promise<void> {
    const keys = keysOf(loginPath, email, address);
    const { burst } = FAILURES_OF_ACCOUNT_AT_ADDRESS;
    await Promise.all([
      this.buckets.give(keys.accountAtAddress, FAILURES_OF_ACCOUNT_AT_ADDRESS, burst),
      this.buckets.give(keys.address, LOGIN_FAILURES_OF_ADDRESS),
      this.buckets.take(keys.known, KNOWN_ADDRESS, KNOWN_FOR_DAYS),
    ]);
  }

  private async require(request: 'take' | 'peek', key: string, size: BucketSize): Promise<void> {
    const taken = await this.buckets[request](key, size);
    if (!taken.allowed) throw new AppError('rate_limited', { headers: limitHeaders('failures', size, taken) });
  }
}

function keysOf(loginPath: string, email: string, address: string): Keys {
  const account = createHash('sha256')
    .update(JSON.stringify([loginPath, email.toLowerCase()]))
    .digest('base64url');
  const group = addressGroup(address);
  return {
    account: `login:account:${account}`,
    address: `login:address:${group}`,
    accountAtAddress: `login:account:${account}:${group}`,
    known: `login:known:${account}:${group}`,
  };
}
