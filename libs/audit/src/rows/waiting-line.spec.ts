import { setImmediate as nextTurn } from 'node:timers/promises';
import { WaitingLine } from './waiting-line';

describe('A waiting line', () => {
  let line: WaitingLine;
  let begun: string[];
  let ends: Map<string, (error?: Error) => void>;

  /** Work that ends when the test says so. */
  const enter = (orgId: string, name: string) =>
    line.run(orgId, () => {
      begun.push(name);
      return new Promise<string>((resolve, reject) =>
        ends.set(name, (error) => {
          if (error === undefined) resolve(name);
          else reject(error);
        }),
      );
    });

  beforeEach(() => {
    line = new WaitingLine({ what: 'pages', atOnce: 2, waitingMax: 2, retryAfterSeconds: 1 });
    begun = [];
    ends = new Map();
  });

  it('lets so many of an organization work at a time, and the others in the order in which they came', async () => {
    const all = ['a', 'b', 'c', 'd'].map((name) => enter('acme', name));
    await nextTurn();
    expect(begun).toEqual(['a', 'b']);
    ends.get('b')?.();
    await nextTurn();
    expect(begun).toEqual(['a', 'b', 'c']);
    for (const name of ['a', 'c']) ends.get(name)?.();
    await nextTurn();
    ends.get('d')?.();
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('lets no organization wait for another one', async () => {
    const all = ['a', 'b', 'c'].map((name) => enter('acme', name));
    all.push(enter('globex', 'x'));
    await nextTurn();
    expect(begun).toEqual(['a', 'b', 'x']);
    for (const name of ['a', 'b', 'x']) ends.get(name)?.();
    await nextTurn();
    ends.get('c')?.();
    await Promise.all(all);
  });

  it('refuses whoever comes when too many wait, and lets the others go on', async () => {
    const all = ['a', 'b', 'c', 'd'].map((name) => enter('acme', name));
    await expect(enter('acme', 'e')).rejects.toMatchObject({
      code: 'rate_limited',
      detail: 'Too many pages of the organization are waited for. See the Retry-After header',
      headers: { 'Retry-After': '1' },
    });
    for (const name of ['a', 'b']) ends.get(name)?.();
    await nextTurn();
    for (const name of ['c', 'd']) ends.get(name)?.();
    expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
    expect(begun).not.toContain('e');
  });

  it('goes on after work that failed', async () => {
    const failing = enter('acme', 'a').catch((error: unknown) => (error instanceof Error ? error.message : error));
    const others = ['b', 'c'].map((name) => enter('acme', name));
    ends.get('a')?.(new Error('no'));
    expect(await failing).toBe('no');
    await nextTurn();
    for (const name of ['b', 'c']) ends.get(name)?.();
    expect(await Promise.all(others)).toEqual(['b', 'c']);
  });
});
