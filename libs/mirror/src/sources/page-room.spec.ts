import { PageRoom } from './page-room';

describe('A room with two places', () => {
  const room = new PageRoom(2);
  const begun: string[] = [];
  const ends = new Map<string, { done: () => void; fail: (error: Error) => void }>();
  const enter = (name: string) =>
    room.enter(
      () =>
        new Promise<string>((resolve, reject) => {
          begun.push(name);
          ends.set(name, {
            done: () => {
              resolve(name);
            },
            fail: reject,
          });
        }),
    );

  it('lets in two at a time, in the order in which they came, whatever becomes of those before', async () => {
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map(enter);
    expect(begun).toEqual(['a', 'b']);
    ends.get('b')?.fail(new Error('b failed'));
    await expect(b).rejects.toThrow('b failed');
    expect(begun).toEqual(['a', 'b', 'c']);
    ends.get('a')?.done();
    expect(await a).toBe('a');
    expect(begun).toEqual(['a', 'b', 'c', 'd']);
    ends.get('c')?.done();
    ends.get('d')?.done();
    expect(await Promise.all([c, d])).toEqual(['c', 'd']);
    void enter('e');
    expect(begun).toContain('e');
  });
});
