import { matchesHash, mintSecret, readSecret } from './secret';

describe('A secret', () => {
  it.each(['pat', 'sat', 'ses', 'inv', 'cap'] as const)(
    'of type %s says so, carries its public id and fits its hash',
    (type) => {
      const token = mintSecret(type);
      expect(token.text).toMatch(new RegExp(`^ptl_${type}_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$`));
      expect(readSecret(token.text, ['pat', 'sat', 'ses', 'inv', 'cap'])).toEqual({ type, publicId: token.publicId });
      expect(token.text).toContain(`_${token.publicId}_`);
      expect(matchesHash(token.text, token.hash)).toBe(true);
      expect(token.hash).toHaveLength(32);
    },
  );

  it('is never minted twice', () => {
    const tokens = Array.from({ length: 1_000 }, () => mintSecret('pat'));
    for (const part of ['text', 'publicId'] as const)
      expect(new Set(tokens.map((token) => token[part])).size).toBe(1_000);
  });

  it('does not fit the hash of another one', () => {
    expect(matchesHash(mintSecret('pat').text, mintSecret('pat').hash)).toBe(false);
  });

  it('is nothing where a secret of another type is expected', () => {
    expect(readSecret(mintSecret('cap').text, ['pat', 'sat'])).toBeNull();
  });

  it('keeps its hash and its secret apart', () => {
    const { text, publicId, hash } = mintSecret('sat');
    expect(publicId).not.toContain(text.slice(21, 53));
    expect(hash.toString('latin1')).not.toContain(text.slice(21, 53));
  });

  it('is refused after a change of any one character', () => {
    const { text } = mintSecret('pat');
    for (let index = 0; index < text.length; index += 1) {
      const changed = text.charAt(index) === 'x' ? 'y' : 'x';
      expect([index, readSecret(text.slice(0, index) + changed + text.slice(index + 1), ['pat', 'sat'])]).toEqual([
        index,
        null,
      ]);
    }
  });

  it.each([
    ['nothing', () => ''],
    ['a part', (text: string) => text.slice(0, -1)],
    ['more', (text: string) => `${text}0`],
    ['a space before', (text: string) => ` ${text}`],
    ['a line after', (text: string) => `${text}\n`],
    ['other case', (text: string) => text.toUpperCase()],
    ['another type', (text: string) => text.replace('ptl_pat', 'ptl_sat')],
    ['another product', (text: string) => text.replace('ptl_', 'kpat_')],
    ['a checksum of zeros', (text: string) => `${text.slice(0, -6)}000000`],
    ['letters of another alphabet', (text: string) => text.replace(/.$/, 'é')],
  ])('is refused with %s', (_, spoil) => {
    expect(readSecret(spoil(mintSecret('pat').text), ['pat', 'sat'])).toBeNull();
  });
});
