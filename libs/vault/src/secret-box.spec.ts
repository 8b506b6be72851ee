import { AppError } from '@portolan/kernel';
import { SecretBox } from './secret-box';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);
const CONTEXT = 'identity_provider.client_secret/1';

describe('A sealed secret', () => {
  const box = new SecretBox([NEW, OLD]);

  it.each(['', 'secret', 'ünïcode 🔑', 'x'.repeat(100_000)])('opens to what was sealed', (text) => {
    expect(box.open(box.seal(text, CONTEXT), CONTEXT)).toBe(text);
  });

  it('is text of one form and never the same twice', () => {
    const sealed = [box.seal('secret', CONTEXT), box.seal('secret', CONTEXT)];
    for (const text of sealed) expect(text).toMatch(/^v1\.[\w-]{46}$/);
    expect(sealed[0]).not.toBe(sealed[1]);
  });

  it('does not open in another row', () => {
    const sealed = box.seal('secret', CONTEXT);
    expect(() => box.open(sealed, 'identity_provider.client_secret/2')).toThrow('no key of this process opens');
  });

  it('opens with a former key, and is sealed with the first', () => {
    expect(box.open(new SecretBox([OLD]).seal('secret', CONTEXT), CONTEXT)).toBe('secret');
    const sealed = box.seal('secret', CONTEXT);
    expect(new SecretBox([NEW]).open(sealed, CONTEXT)).toBe('secret');
    expect(() => new SecretBox([OLD]).open(sealed, CONTEXT)).toThrow('no key of this process opens');
  });

  it('does not open when any byte of it was changed', () => {
    const bytes = Buffer.from(box.seal('secret', CONTEXT).slice(3), 'base64url');
    for (let index = 0; index < bytes.length; index += 1) {
      const changed = Buffer.from(bytes);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => box.open(`v1.${changed.toString('base64url')}`, CONTEXT)).toThrow();
    }
  });

  it.each(['', 'secret', 'v1.', 'v1.AAAA', 'v2.', `v1.${'A'.repeat(60)}.x`])(
    'is told from %j, which is none',
    (text) => {
      expect(() => box.open(text, CONTEXT)).toThrow('this is no sealed secret');
    },
  );

  it('cannot be made without a key', () => {
    expect(() => new SecretBox([]).seal('secret', CONTEXT)).toThrow(new AppError('encryption_not_configured'));
    expect(() => new SecretBox([]).open(box.seal('secret', CONTEXT), CONTEXT)).toThrow('no key of this process opens');
  });
});
