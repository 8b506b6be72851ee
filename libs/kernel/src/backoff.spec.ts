import { backoffMs } from './backoff';

const longest = () => 1;
const shortest = () => 0;

describe('The wait before the next attempt', () => {
  it('doubles from 1 s to 5 min and stays there', () => {
    const waits = [1, 2, 3, 4, 8, 9, 10, 11, 1_000_000].map((failures) => backoffMs(failures, null, longest));
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 128_000, 256_000, 300_000, 300_000, 300_000]);
  });

  it('is shortened by up to half, at random', () => {
    expect(backoffMs(3, null, shortest)).toBe(2_000);
    expect(backoffMs(99, null, shortest)).toBe(150_000);
  });

  it('is what the other side asks for when that is longer, up to 1 h', () => {
    expect(backoffMs(1, 600_000, longest)).toBe(600_000);
    expect(backoffMs(9, 1_000, longest)).toBe(256_000);
    expect(backoffMs(1, 86_400_000, longest)).toBe(3_600_000);
  });
});
