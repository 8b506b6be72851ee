import { MemoryBuckets } from './memory-buckets';
import type { Taken } from './token-bucket';

const SIZE = { per_second: 2, burst: 5 };

describe('Buckets in memory', () => {
  let nowMs: number;
  let buckets: MemoryBuckets;

  beforeEach(() => {
    nowMs = 1_000;
    buckets = new MemoryBuckets(() => nowMs);
  });

  async function takes(count: number, key = 'a', size = SIZE): Promise<Taken[]> {
    return Promise.all(Array.from({ length: count }, () => buckets.take(key, size)));
  }

  function allowed(taken: readonly Taken[]): number {
    return taken.filter((one) => one.allowed).length;
  }

  it('allow a burst and not one more', async () => {
    const taken = await takes(7);
    expect(taken.map((one) => one.allowed)).toEqual([true, true, true, true, true, false, false]);
    expect(taken.map((one) => one.remaining)).toEqual([4, 3, 2, 1, 0, 0, 0]);
  });

  it('say when one more token is there, and that is when it is', async () => {
    const refused = (await takes(6)).at(-1);
    expect(refused).toEqual({ allowed: false, remaining: 0, retryAfterMs: 500, resetMs: 2_500 });
    nowMs += 499;
    expect(await buckets.take('a', SIZE)).toMatchObject({ allowed: false, retryAfterMs: 1 });
    nowMs += 1;
    expect(await buckets.take('a', SIZE)).toEqual({ allowed: true, remaining: 0, retryAfterMs: 0, resetMs: 2_500 });
  });

  it.each([0.1, 0.3, 0.7, 3, 7, 9.9, 30, 100 / 3])(
    'never refuse who waited as long as told, at %d a second',
    async (per_second) => {
      const size = { per_second, burst: 1 };
      await buckets.take('a', size);
      for (let round = 0; round < 1_000; round += 1) {
        const refused = await buckets.take('a', size);
        expect(refused.allowed).toBe(false);
        nowMs += refused.retryAfterMs;
        expect(await buckets.take('a', size)).toMatchObject({ allowed: true });
      }
    },
  );

  it('fill at their rate and never above the burst', async () => {
    await takes(5);
    nowMs += 1_500;
    expect(allowed(await takes(5))).toBe(3);
    nowMs += 3_600_000;
    expect(allowed(await takes(10))).toBe(5);
  });

  it('are full after the time that a take told', async () => {
    const { resetMs } = await buckets.take('a', SIZE);
    nowMs += resetMs;
    expect(await buckets.peek('a', SIZE)).toEqual({ allowed: true, remaining: 5, retryAfterMs: 0, resetMs: 0 });
  });

  it('fill slower than one token a second', async () => {
    const size = { per_second: 0.1, burst: 1 };
    await buckets.take('a', size);
    expect(await buckets.take('a', size)).toMatchObject({ allowed: false, retryAfterMs: 10_000, resetMs: 10_000 });
    nowMs += 10_000;
    expect(await buckets.take('a', size)).toMatchObject({ allowed: true });
  });

  it('keep their keys apart', async () => {
    await takes(5, 'a');
    expect(allowed(await takes(1, 'a'))).toBe(0);
    expect(allowed(await takes(6, 'b'))).toBe(5);
  });

  it('take all of a cost or nothing', async () => {
    expect(await buckets.take('a', SIZE, 3)).toMatchObject({ allowed: true, remaining: 2 });
    expect(await buckets.take('a', SIZE, 3)).toEqual({
      allowed: false,
      remaining: 2,
      retryAfterMs: 500,
      resetMs: 1_500,
    });
    expect(await buckets.take('a', SIZE, 2)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it('give a full bucket for what costs more than that', async () => {
    expect(await buckets.take('a', SIZE, 100)).toMatchObject({ allowed: true, remaining: 0 });
    expect(await buckets.take('a', SIZE, 100)).toMatchObject({ allowed: false, retryAfterMs: 2_500 });
  });

  it('show what is there without taking it', async () => {
    expect(await buckets.peek('a', SIZE)).toEqual({ allowed: true, remaining: 5, retryAfterMs: 0, resetMs: 0 });
    await takes(5);
    const empty = { allowed: false, remaining: 0, retryAfterMs: 500, resetMs: 2_500 };
    expect(await buckets.peek('a', SIZE)).toEqual(empty);
    expect(await buckets.peek('a', SIZE)).toEqual(empty);
  });

  it('take back what is given, up to the burst', async () => {
    await takes(5);
    await buckets.give('a', SIZE);
    expect(allowed(await takes(2))).toBe(1);
    await buckets.give('a', SIZE, 5);
    await buckets.give('a', SIZE, 5);
    expect(allowed(await takes(9))).toBe(5);
  });

  it('keep their level when their size changes', async () => {
    await takes(3);
    expect(await buckets.peek('a', { per_second: 2, burst: 50 })).toMatchObject({ remaining: 2, resetMs: 24_000 });
    expect(await buckets.peek('a', { per_second: 2, burst: 1 })).toMatchObject({ remaining: 1, resetMs: 0 });
  });

  it('forget the key that waited longest, and no other', async () => {
    buckets = new MemoryBuckets(() => nowMs, 2);
    await takes(5, 'a');
    await takes(5, 'b');
    await takes(1, 'a');
    await takes(5, 'c');
    expect(allowed([await buckets.peek('a', SIZE), await buckets.peek('c', SIZE)])).toBe(0);
    expect(await buckets.peek('b', SIZE)).toMatchObject({ remaining: 5 });
  });

  it('are full again once closed', async () => {
    await takes(5);
    await buckets.close();
    expect(await buckets.peek('a', SIZE)).toMatchObject({ remaining: 5 });
  });

  it.each([
    ['per_second', { per_second: 0, burst: 5 }, 1],
    ['per_second', { per_second: -1, burst: 5 }, 1],
    ['per_second', { per_second: Number.NaN, burst: 5 }, 1],
    ['per_second', { per_second: Infinity, burst: 5 }, 1],
    ['burst', { per_second: 1, burst: 0 }, 1],
    ['burst', { per_second: 1, burst: 0.5 }, 1],
    ['burst', { per_second: 1, burst: Number.NaN }, 1],
    ['cost', SIZE, 0],
    ['cost', SIZE, -5],
    ['cost', SIZE, Number.NaN],
  ])('refuse a wrong %s instead of taking nothing (%j, cost %d)', async (name, size, cost) => {
    await expect(buckets.take('a', size, cost)).rejects.toThrow(new RegExp(`^${name}: must be `));
  });
});
