import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { Injectable, Logger } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import { SecretBox } from '@portolan/vault';

interface KeyRow {
  readonly id: string;
  readonly public_key: Buffer;
  readonly private_key_sealed: string | null;
  readonly attestation: string;
  readonly created_at: Date;
  readonly retired_at: Date | null;
}

/** A public key as RFC 8037 writes it. */
export interface PublicJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly alg: 'EdDSA';
  readonly use: 'sig';
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly x: string;
}

/** Signs with the current key. */
export interface Signer {
  readonly keyId: string;
  sign(content: Buffer | string): Buffer;
}

/** Tells whether a key of ours made a signature. */
export interface Verifier {
  verify(keyId: string, content: Buffer | string, signature: Buffer): boolean;
}

/**
 * The keys that sign audit trails. Private halves are encrypted and forgotten when a key is replaced; public halves carry
 * an attestation that only a holder of SECRETS_KEY can make, so nobody who writes to the database can slip one in.
 */
@Injectable()
export class SigningKeys {
  private readonly logger = new Logger(SigningKeys.name);

  constructor(
    private readonly system: SystemDb,
    private readonly secretBox: SecretBox,
  ) {}

  /**
   * The current key; the first use makes one.
   *
   * @throws AppError encryption_not_configured
   */
  async signer(): Promise<Signer> {
    const current = await this.current();
    const opened = current === undefined ? null : this.open(current);
    if (opened !== null) return opened;
    if (current !== undefined)
      this.logger.warn(`audit: SECRETS_KEY does not open the signing key ${current.id}; a new one takes its place`);
    await this.add(current?.id ?? null);
    const added = await this.current();
    const signer = added === undefined ? null : this.open(added);
    if (signer === null) throw new Error('no key of this process opens the signing key');
    return signer;
  }

  /**
   * Replaces the current key.
   *
   * @returns the id of the new one
   * @throws AppError encryption_not_configured
   */
  async rotate(): Promise<string> {
    await this.add((await this.current())?.id ?? null);
    return (await this.signer()).keyId;
  }

  /** Public keys, also those that were replaced: what they signed is still to be verified. */
  async publicKeys(): Promise<PublicJwk[]> {
    return (await this.rows()).filter((row) => this.isAttested(row)).map((row) => jwkOf(row.public_key));
  }

  async verifier(): Promise<Verifier> {
    const keys = new Map((await this.publicKeys()).map((jwk) => [jwk.kid, publicKeyOf(jwk)]));
    return {
      verify: (keyId, content, signature) => {
        const key = keys.get(keyId);
        return key !== undefined && verify(null, Buffer.from(content), key, signature);
      },
    };
  }

  private rows(): Promise<KeyRow[]> {
    return this.system.call<KeyRow>(sql`select * from list_audit_keys()`);
  }

  private async current(): Promise<KeyRow | undefined> {
    return (await this.rows()).find(({ retired_at: retiredAt }) => retiredAt === null);
  }

  private open(row: KeyRow): Signer | null {
    if (row.private_key_sealed === null) return null;
    try {
      const d = this.secretBox.open(row.private_key_sealed, `audit_signing_key.private:${row.id}`);
      const key = createPrivateKey({ key: { ...jwkOf(row.public_key), d }, format: 'jwk' });
      return { keyId: row.id, sign: (content) => sign(null, Buffer.from(content), key) };
    } catch {
      return null;
    }
  }

  private async add(replaces: string | null): Promise<void> {
    const { privateKey } = generateKeyPairSync('ed25519');
    const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
    const publicKey = Buffer.from(x, 'base64url');
    const { kid } = jwkOf(publicKey);
    await this.system.call(sql`
      select add_audit_key(${kid}, ${publicKey}, ${this.secretBox.seal(d, `audit_signing_key.private:${kid}`)},
                           ${this.secretBox.seal(x, attestationContext(kid))}, ${replaces})`);
  }

  private isAttested({ id, public_key: publicKey, attestation }: KeyRow): boolean {
    try {
      return (
        jwkOf(publicKey).kid === id &&
        this.secretBox.open(attestation, attestationContext(id)) === publicKey.toString('base64url')
      );
    } catch {
      return false;
    }
  }
}

function attestationContext(id: string): string {
  return `audit_signing_key.public:${id}`;
}

function jwkOf(publicKey: Buffer): PublicJwk {
  const x = publicKey.toString('base64url');
  const kid = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
  return { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', use: 'sig', kid, x };
}

function publicKeyOf({ kty, crv, x }: PublicJwk): KeyObject {
  return createPublicKey({ key: { kty, crv, x }, format: 'jwk' });
}
