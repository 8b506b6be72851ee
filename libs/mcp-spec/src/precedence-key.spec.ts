import { precedenceKey } from './precedence-key';
import { takesOver } from './version-order';

const VERSIONS = [
  '0.0.1',
  '0.9.0',
  '0.10.0',
  'v1.0.0-1',
  '1.0.0-2',
  '1.0.0-10',
  '1.0.0-alpha',
  '1.0.0-alpha.1',
  '1.0.0-alpha.beta',
  '1.0.0-alpha-b',
  '1.0.0-beta',
  '1.0.0-beta.2',
  '1.0.0-beta.11',
  '1.0.0-rc.1',
  '1.0.0',
  '1.0.1',
  '1.2.0',
  '1.10.0',
  '2.0.0',
  '99999999999999999999.0.0',
  '100000000000000000000.0.0',
];
const OTHERS = ['1.0', '2025-01-01', 'latest-build', '01.2.3', '1.0.0-01', 'v'];

describe('precedenceKey', () => {
  it('sorts bytewise as versions take precedence', () => {
    for (const [index, version] of VERSIONS.entries())
      for (const [otherIndex, other] of VERSIONS.entries()) {
        const at = (text: string) => ({ version: text, publishedAt: '2026-01-01T00:00:00.000000Z' });
        const isHigher = Buffer.compare(Buffer.from(precedenceKey(version)), Buffer.from(precedenceKey(other))) > 0;
        expect([version, other, isHigher]).toEqual([version, other, takesOver(at(version), at(other))]);
        // The list is in order but for two that differ by their dash alone.
        if (isHigher && ![version, other].includes('1.0.0-alpha-b')) expect(index).toBeGreaterThan(otherIndex);
      }
  });

  it('takes no account of build metadata and a leading v', () => {
    expect(precedenceKey('1.2.3+build.7')).toBe(precedenceKey('v1.2.3'));
  });

  it('puts what is no semantic version before all that are, and on one place', () => {
    for (const other of OTHERS) {
      expect(precedenceKey(other)).toBe('o');
      for (const version of VERSIONS) expect(precedenceKey(version) > 'o').toBe(true);
    }
  });
});
