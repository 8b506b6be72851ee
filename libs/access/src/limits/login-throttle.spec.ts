import { AppError } from '@portolan/kernel';
import { LoginThrottle } from './login-throttle';
import { MemoryBuckets } from './memory-buckets';

const EMAIL = 'ann@example.com';
const HOME = '192.0.2.1';
const DAY_MS = 86_400_000;

/** One of many addresses that have nothing to do with each other. */
function address(index: number): string {
  return `2001:db8:${(index + 1).toString(16)}::1`;
}

describe('Failed logins', () => {
  let nowMs: number;
  let throttle: LoginThrottle;

  beforeEach(() => {
    nowMs = 1_000;
    throttle = new LoginThrottle(new MemoryBuckets(() => nowMs));
  });

  /** Whether the password was looked at. */
  async function wrong(from = HOME, email = EMAIL, loginPath = 'acme'): Promise<boolean> {
    if ((await headersOf(from, email, loginPath)) !== null) return false;
    await throttle.failed(loginPath, email, from);
    return true;
  }

  async function right(from = HOME, email = EMAIL): Promise<boolean> {
    if ((await headersOf(from, email)) !== null) return false;
    await throttle.succeeded('acme', email, from);
    return true;
  }

  async function headersOf(from: string, email = EMAIL, loginPath = 'acme') {
    try {
      await throttle.check(loginPath, email, from);
      return null;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'rate_limited') throw error;
      return error.headers;
    }
  }

  async function many(count: number, once: (index: number) => Promise<boolean>): Promise<number> {
    let looked = 0;
    for (let index = 0; index < count; index += 1) if (await once(index)) looked += 1;
    return looked;
  }

  it('do not count what was not looked at', async () => {
    for (let index = 0; index < 200; index += 1) {
      expect(await headersOf(HOME)).toBeNull();
      await throttle.notLookedAt('acme', EMAIL, HOME);
    }
    expect(await many(15, () => wrong())).toBe(10);
  });

  it('to one account from one address are ten, then one in 30 seconds', async () => {
    expect(await many(15, () => wrong())).toBe(10);
    expect(await headersOf(HOME)).toEqual({
      'Retry-After': '30',
      RateLimit: '"failures";r=0;t=300',
      'RateLimit-Policy': '"failures";q=10;w=300',
    });
    nowMs += 30_000;
    expect(await many(5, () => wrong())).toBe(1);
  });

  it('are no more when many are under way at once', async () => {
    const attempts = await Promise.all(Array.from({ length: 50 }, () => headersOf(HOME)));
    expect(attempts.filter((headers) => headers === null)).toHaveLength(10);
  });

  it('count for an account whatever the case of its address, and for each organization apart', async () => {
    await many(5, () => wrong());
    expect(await many(10, () => wrong(HOME, 'Ann@EXAMPLE.com'))).toBe(5);
    expect(await many(15, () => wrong(HOME, EMAIL, 'globex'))).toBe(10);
  });

  it('from one address are a hundred, whatever the accounts, and others go on', async () => {
    expect(await many(120, (index) => wrong(HOME, `user${index}@example.com`))).toBe(100);
    expect(await wrong(HOME, 'another@example.com')).toBe(false);
    expect(await wrong(address(1), 'another@example.com')).toBe(true);
  });

  it('from one /64 are as from one address', async () => {
    await many(10, () => wrong('2001:db8::1'));
    expect(await wrong('2001:db8::ffff:1')).toBe(false);
  });

  it('cost the account nothing while its address is stopped', async () => {
    await many(100, (index) => wrong(HOME, `user${index}@example.com`));
    await many(50, () => wrong());
    nowMs += 300_000;
    expect(await many(15, () => wrong())).toBe(10);
  });

  it('to one account from many addresses are a hundred', async () => {
    expect(await many(300, (index) => wrong(address(index % 30)))).toBe(100);
    expect(await wrong(address(99))).toBe(false);
    expect(await wrong(address(99), 'another@example.com')).toBe(true);
  });

  it('from many addresses do not lock the owner out where he has signed in within 30 days', async () => {
    expect(await right()).toBe(true);
    nowMs += 29 * DAY_MS;
    await many(300, (index) => wrong(address(index % 30)));
    expect(await wrong(address(99))).toBe(false);
    expect(await wrong()).toBe(true);
    expect(await right()).toBe(true);
    nowMs += 29 * DAY_MS;
    await many(300, (index) => wrong(address(index % 30)));
    expect(await right()).toBe(true);
  });

  it('are bounded where the owner signs in, too', async () => {
    await right();
    expect(await many(15, () => wrong())).toBe(10);
    expect(await right()).toBe(false);
  });

  it('are forgiven by a login, at its address alone', async () => {
    await many(9, () => wrong());
    await many(9, () => wrong(address(1)));
    expect(await right()).toBe(true);
    expect(await many(15, () => wrong())).toBe(10);
    expect(await many(15, () => wrong(address(1)))).toBe(1);
  });

  it('of an address are not forgiven by a login to another account', async () => {
    await many(99, (index) => wrong(HOME, `user${index}@example.com`));
    expect(await right(HOME, 'mallory@example.com')).toBe(true);
    expect(await many(5, (index) => wrong(HOME, `more${index}@example.com`))).toBe(1);
  });

  it('are not what a thousand good logins from one address count as', async () => {
    expect(await many(1_000, (index) => right(HOME, `user${index}@example.com`))).toBe(1_000);
  });
});
