import { isSemver, latestOf, takesOver, type VersionStanding } from './version-order';

const EARLIER = '2025-01-01T00:00:00.000001Z';
const LATER = '2025-01-01T00:00:00.000002Z';
const at = (version: string, publishedAt = EARLIER): VersionStanding => ({ version, publishedAt });

describe('semantic versions', () => {
  it.each([
    '1.0.0',
    'v1.0.0',
    '0.0.0',
    '2025.11.25',
    '1.0.0-alpha.1',
    '1.0.0-0',
    '1.0.0-01a',
    '1.0.0--',
    '1.0.0+001',
    '1.0.0-a+b.c-d',
    '1.0.0+a-b',
    '123456789012345678901234567890.0.0',
  ])('accepts %s', (version) => {
    expect(isSemver(version)).toBe(true);
  });

  it.each([
    '',
    '1',
    '1.0',
    '1.0.0.0',
    '2021.03.15',
    '01.0.0',
    '1.0.0rc1',
    '1.0.0-',
    '1.0.0-a..b',
    '1.0.0-01',
    '1.0.0+',
    '1.0.0+a+b',
    'vv1.0.0',
    'V1.0.0',
    'latest',
    ' 1.0.0',
    '1.0.0\n',
    '1.0.x',
    '-1.0.0',
  ])('refuses %j', (version) => {
    expect(isSemver(version)).toBe(false);
  });
});

describe('taking over as the latest', () => {
  const ascending = [
    '0.9.10',
    '1.0.0-1',
    '1.0.0-2',
    '1.0.0-10',
    '1.0.0-alpha',
    '1.0.0-alpha.1',
    '1.0.0-alpha.2',
    '1.0.0-alpha.10',
    '1.0.0-alpha.beta',
    '1.0.0-beta',
    '1.0.0-rc.1',
    '1.0.0',
    '1.2.0',
    '1.10.0',
    '2.0.0',
    '99999999999999999999.0.0',
    '100000000000000000000.0.0',
  ];
  it('follows semantic precedence, whatever was published first', () => {
    for (const [low, lower] of ascending.entries()) {
      for (const [high, higher] of ascending.entries()) {
        expect([higher, lower, takesOver(at(higher, EARLIER), at(lower, LATER))]).toEqual([higher, lower, high > low]);
      }
    }
  });

  it.each([
    ['v1.0.0', '1.0.0'],
    ['1.0.0+b2', '1.0.0+b1'],
    ['1.0.0', '1.0.0'],
  ])('leaves the place when %s has the precedence of %s', (candidate, current) => {
    expect(takesOver(at(candidate, LATER), at(current, EARLIER))).toBe(false);
  });

  it.each([
    ['a later publication wins', 'snapshot', LATER, 'nightly', EARLIER, true],
    ['an earlier publication does not', 'snapshot', EARLIER, 'nightly', LATER, false],
    ['the same moment does not', 'snapshot', EARLIER, 'nightly', EARLIER, false],
  ])('without semantic versions, %s', (_what, candidate, candidateAt, current, currentAt, expected) => {
    expect(takesOver(at(candidate, candidateAt), at(current, currentAt))).toBe(expected);
  });

  it('prefers a semantic version to any other, in both directions and at any time', () => {
    expect(takesOver(at('0.0.1-a', EARLIER), at('2021.03.15', LATER))).toBe(true);
    expect(takesOver(at('2021.03.15', LATER), at('0.0.1-a', EARLIER))).toBe(false);
  });
});

describe('the latest of many', () => {
  it.each([
    ['nothing of nothing', [], undefined],
    ['the only one', [at('x')], 'x'],
    [
      'the highest semantic version',
      [at('1.0.0', LATER), at('10.0.0'), at('9.0.0', LATER), at('zzz', LATER)],
      '10.0.0',
    ],
    ['the last published when none is semantic', [at('b', LATER), at('a')], 'b'],
    ['the earlier of two with equal precedence', [at('1.0.0+b', LATER), at('1.0.0+c', EARLIER)], '1.0.0+c'],
    ['the lower text when even the moment is equal', [at('v1.0.0'), at('1.0.0')], '1.0.0'],
  ] as [string, VersionStanding[], string | undefined][])(
    'is %s, in any order of rows',
    (_what, versions, expected) => {
      expect(latestOf(versions)?.version).toBe(expected);
      expect(latestOf([...versions].reverse())?.version).toBe(expected);
    },
  );
});
