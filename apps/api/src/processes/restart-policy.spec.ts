import { RestartPolicy } from './restart-policy';

describe('RestartPolicy', () => {
  it('waits 200 ms at first and never more than 5 s', () => {
    const policy = new RestartPolicy();
    const waits = Array.from({ length: 7 }, (_, index) => policy.next(index * 5_000));
    expect(waits).toEqual([200, 400, 800, 1_600, 3_200, 5_000, 5_000]);
  });

  it('gives up at the eleventh end within a minute', () => {
    const policy = new RestartPolicy();
    const waits = Array.from({ length: 11 }, (_, index) => policy.next(index * 5_999));
    expect(waits.indexOf(null)).toBe(10);
  });

  it('forgets what is a minute ago', () => {
    const policy = new RestartPolicy();
    for (let index = 0; index < 10; index += 1) policy.next(index * 1_000);
    expect(policy.next(59_999)).toBeNull();
    expect(policy.next(60_000)).toBe(5_000);
    expect(policy.next(200_000)).toBe(200);
  });
});
