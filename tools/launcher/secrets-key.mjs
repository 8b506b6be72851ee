import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readJson, writeSecretJson } from './files.mjs';

/**
 * The key that encrypts secrets at rest, made beside the embedded database on its first start: a backup of the one
 * without the other can be read by nobody. Whoever names a key or a server of his own keeps his key himself.
 * @param {string} home
 * @returns {string}
 */
export function secretsKeyOf(home) {
  const file = join(home, 'secrets-key.json');
  const known = readJson(file);
  if (known?.secrets_key) return known.secrets_key;
  const key = randomBytes(32).toString('base64');
  writeSecretJson(file, { secrets_key: key });
  return key;
}
