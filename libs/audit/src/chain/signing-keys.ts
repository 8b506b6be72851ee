import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { sql, SystemDb } from '@portolan/db';
import { SecretBox } from '@portolan/vault';

interface KeyRow {
  readonly id: string;
  readonly public_key: Buffer;
  readonly private_key_sealed: string | null;
  readonly attestation: string;
  /** By the SECRETS_KEY of the last rotation. */
  readonly attestation_renewed: string | null;
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
  /** Of the keys that SECRETS_KEY vouches for, the oldest first. */
  readonly keyIds: readonly string[];
  knows(keyId: string): boolean;
  verify(keyId: string, content: Buffer | string, signature: Buffer): boolean;
}

/**
 * The keys that sign audit trails. Private halves are encrypted and forgotten when a key is replaced; public halves carry
 * an attestation that only a holder of SECRETS_KEY can make, so nobody who writes to the database can slip one in.
 */
@Injectable()
export class SigningKeys {
  constructor(
    private readonly system: SystemDb,
    private readonly secretBox: SecretBox,
  ) {}

  /**
   * The current key; the first use makes one.
   *
   * @throws AppError encryption_not_configured; Error when SECRETS_KEY does not open the current key: a process that was
   * given the wrong one must not replace what all others sign with
   */
  async signer(): Promise<Signer> {
    if ((await this.current()) === undefined) await this.add(null);
    const current = await this.current();
    const signer = current === undefined ? null : this.open(current);
    if (signer === null)
      throw new Error(
        `SECRETS_KEY does not open the signing key ${current?.id ?? ''} of the audit trail: set the one that made it, or ` +
          'run audit:rotate-key if that one is lost',
      );
    return signer;
  }

  /**
   * Replaces the current key and vouches for the others with the first SECRETS_KEY: the later ones can be taken out then.
   *
   * @returns the id of the new one
   * @throws AppError encryption_not_configured
   */
  async rotate(): Promise<string> {
    const rows = await this.rows();
    for (const row of rows) if (this.isAttested(row)) await this.attest(row);
    await this.add(rows.find(isCurrent)?.id ?? null);
    return (await this.signer()).keyId;
  }

  /** Public keys, also those that were replaced: what they signed is still to be verified. */
  async publicKeys(): Promise<PublicJwk[]> {
    return (await this.rows()).filter((row) => this.isAttested(row)).map((row) => jwkOf(row.public_key));
  }

  /**
   * Knows the keys that there are now.
   *
   * @throws AppError encryption_not_configured: without SECRETS_KEY nothing tells which keys are ours
   */
  async verifier(): Promise<Verifier> {
    this.secretBox.seal('', attestationContext(''));
    const keys = new Map((await this.publicKeys()).map((jwk) => [jwk.kid, publicKeyOf(jwk)]));
    return {
      keyIds: [...keys.keys()],
      knows: (keyId) => keys.has(keyId),
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
    return (await this.rows()).find(isCurrent);
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

  private async attest({ id, public_key: publicKey }: KeyRow): Promise<void> {
    const attestation = this.secretBox.seal(publicKey.toString('base64url'), attestationContext(id));
    await this.system.call(sql`select attest_audit_key(${id}, ${attestation})`);
  }

  private isAttested({ id, public_key: publicKey, attestation, attestation_renewed: renewed }: KeyRow): boolean {
    return jwkOf(publicKey).kid === id && [renewed, attestation].some((text) => this.vouches(text, id, publicKey));
  }

  private vouches(attestation: string | null, id: string, publicKey: Buffer): boolean {
    if (attestation === null) return false;
    try {
      return this.secretBox.open(attestation, attestationContext(id)) === publicKey.toString('base64url');
    } catch {
      return false;
    }
  }
}

function isCurrent({ retired_at: retiredAt }: KeyRow): boolean {
  return retiredAt === null;
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
