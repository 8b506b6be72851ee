import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '@portolan/kernel';

const CIPHER = 'aes-256-gcm';
const VERSION = 'v1';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Secrets that have to be read again, such as those shown to an identity provider, as the database holds them. */
export class SecretBox {
  /** @param keys of 32 bytes each: the first seals, each opens */
  constructor(private readonly keys: readonly Buffer[]) {}

  /**
   * `v1.` and the base64url of nonce, ciphertext and tag.
   *
   * @param context what the secret belongs to, such as table, column and id: sealed text opens nowhere else
   * @throws AppError encryption_not_configured
   */
  seal(text: string, context: string): string {
    const [key] = this.keys;
    if (!key) throw new AppError('encryption_not_configured');
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
    return `${VERSION}.${sealed.toString('base64url')}`;
  }

  /** @throws Error when no key opens it */
  open(sealed: string, context: string): string {
    const [version, encoded = '', ...rest] = sealed.split('.');
    const bytes = Buffer.from(encoded, 'base64url');
    if (version !== VERSION || rest.length > 0 || bytes.length < NONCE_BYTES + TAG_BYTES)
      throw new Error('this is no sealed secret');
    for (const key of this.keys) {
      const text = openWith(key, bytes, context);
      if (text !== null) return text;
    }
    throw new Error('no key of this process opens the secret');
  }
}

function openWith(key: Buffer, bytes: Buffer, context: string): string | null {
  const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
    .setAAD(Buffer.from(context))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    return null;
  }
}
