import { limitHeaders } from './limit-headers';

const REFUSED = { allowed: false, remaining: 0, retryAfterMs: 500, resetMs: 2_500 };

describe('The header fields of a limit', () => {
  it('name the class, the burst, the seconds that fill it, and what is left', () => {
    const size = { per_second: 10, burst: 100 };
    expect(limitHeaders('read', size, { allowed: true, remaining: 42, retryAfterMs: 0, resetMs: 5_800 })).toEqual({
      RateLimit: '"read";r=42;t=6',
      'RateLimit-Policy': '"read";q=100;w=10',
    });
  });

  it('tell a refused client when to come again', () => {
    expect(limitHeaders('search', { per_second: 2, burst: 5 }, REFUSED)).toEqual({
      'Retry-After': '1',
      RateLimit: '"search";r=0;t=3',
      'RateLimit-Policy': '"search";q=5;w=3',
    });
  });

  it.each([
    [1, '1'],
    [999, '1'],
    [1_000, '1'],
    [1_001, '2'],
    [90_000, '90'],
  ])('round a wait of %d ms up to %s s', (retryAfterMs, seconds) => {
    expect(limitHeaders('auth', { per_second: 1, burst: 1 }, { ...REFUSED, retryAfterMs })).toHaveProperty(
      'Retry-After',
      seconds,
    );
  });

  it('hold whole numbers of at least 1 for buckets that fill at once or hold a fraction', () => {
    expect(limitHeaders('write', { per_second: 1_000, burst: 1.5 }, REFUSED)).toMatchObject({
      'RateLimit-Policy': '"write";q=1;w=1',
    });
  });
});
