const GB = 2 ** 30;

describe('The memory of the embedded PostgreSQL', () => {
  let sharedBuffers: (totalBytes: number, limitBytes: number) => string;

  beforeAll(async () => {
    ({ sharedBuffers } = await import('../../tools/launcher/memory.mjs'));
  });

  it.each([
    ['an eighth of the machine', 8 * GB, 0, '1024MB'],
    ['an eighth of what a container may have', 64 * GB, 4 * GB, '512MB'],
    ['an eighth of the machine where the limit is no limit', 8 * GB, 2 ** 60, '1024MB'],
    ['2 GB at most', 512 * GB, 0, '2048MB'],
    ['128 MB at least', GB / 4, 0, '128MB'],
  ])('is %s', (_what, totalBytes, limitBytes, expected) => {
    expect(sharedBuffers(totalBytes, limitBytes)).toBe(expected);
  });
});
