import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { TestDatabase } from '../support/database';

interface StoredRow {
  readonly sequence: number;
  readonly sealed_at: string;
  readonly audit_id: string;
  readonly sealed_occurred_at: string;
  readonly digests: Readonly<Record<'principal_digest' | 'person_digest' | 'personal_digest', string | null>>;
  /** Null when the row is gone. */
  readonly row: Readonly<Record<string, unknown>> | null;
  readonly digest: string;
  readonly hash: string;
}

interface ForgedKey {
  readonly id: string;
  readonly publicKey: Buffer;
  readonly privateKey: KeyObject;
}

/**
 * Somebody with all rights on the database and without SECRETS_KEY. He computes digests and hashes without any of our
 * code, so that each of the two tests the other.
 */
export class Forger {
  readonly key: ForgedKey = aKey();

  constructor(private readonly db: TestDatabase) {}

  /** Recomputes digests and hashes from a row on, as they would be had the rows always been as they are now. */
  async rewrite(orgId: string, from: number, { signed = false } = {}): Promise<void> {
    const rows = await this.rows(orgId);
    let previous = rows.find(({ sequence }) => sequence === from - 1)?.hash ?? '00'.repeat(32);
    const links: { sequence: number; digest: string; hash: string }[] = [];
    for (const row of rows.filter(({ sequence }) => sequence >= from)) {
      const digest = row.row === null ? row.digest : sha256({ ...row.row, ...row.digests });
      const { sequence, sealed_at, audit_id, sealed_occurred_at: occurred_at } = row;
      const hash = sha256({
        type: 'audit_seal',
        org_id: orgId,
        sequence,
        sealed_at,
        audit_id,
        occurred_at,
        digest,
        previous,
      });
      links.push({ sequence, digest, hash });
      previous = hash;
    }
    await this.db.query(
      `update audit_seal s set digest = decode(l.digest, 'hex'), hash = decode(l.hash, 'hex')
       from jsonb_to_recordset($2) l(sequence bigint, digest text, hash text)
       where s.org_id = $1 and s.sequence = l.sequence`,
      [orgId, JSON.stringify(links)],
    );
    if (!signed) return;
    const signatures = links.map(({ sequence, hash }) => ({
      sequence,
      signature: sign(null, Buffer.from(hash, 'hex'), this.key.privateKey).toString('hex'),
    }));
    await this.db.query(
      `update audit_seal s set key_id = $3, signature = decode(l.signature, 'hex')
       from jsonb_to_recordset($2) l(sequence bigint, signature text)
       where s.org_id = $1 and s.sequence = l.sequence`,
      [orgId, JSON.stringify(signatures), this.key.id],
    );
  }

  /** Puts a checkpoint of his own there, in place of one that is there already. */
  async checkpoint(orgId: string, sequence: number): Promise<void> {
    await this.db.query(`delete from audit_checkpoint where org_id = $1 and sequence = $2`, [orgId, sequence]);
    const [seal] = await this.db.query<{ hash: string; now: string }>(
      `select encode(hash, 'hex') as hash, rfc3339(now()) as now from audit_seal
       where org_id = $1 and sequence <= $2 order by sequence desc limit 1`,
      [orgId, sequence],
    );
    const said = { org_id: orgId, sequence, hash: seal?.hash, created_at: seal?.now, key_id: this.key.id };
    await this.db.query(
      `insert into audit_checkpoint (org_id, sequence, created_at, hash, key_id, signature)
       values ($1, $2, $3, decode($4, 'hex'), $5, $6)`,
      [orgId, sequence, seal?.now, seal?.hash, this.key.id, this.sign({ type: 'audit_checkpoint', ...said })],
    );
  }

  /** Claims that all rows up to a number were purged. */
  async boundary(orgId: string, sequence: number, purgedBefore: string): Promise<void> {
    const [seal] = await this.db.query<{ hash: string; now: string; before: string }>(
      `select encode(hash, 'hex') as hash, rfc3339(now()) as now, rfc3339($3) as before from audit_seal
       where org_id = $1 and sequence = $2`,
      [orgId, sequence, purgedBefore],
    );
    const said = {
      org_id: orgId,
      sequence,
      hash: seal?.hash,
      created_at: seal?.now,
      key_id: this.key.id,
      purged_before: seal?.before,
    };
    await this.db.query(
      `insert into audit_boundary (org_id, purged_before, sequence, hash, created_at, key_id, signature)
       values ($1, $2, $3, decode($4, 'hex'), $5, $6, $7)`,
      [
        orgId,
        purgedBefore,
        sequence,
        seal?.hash,
        seal?.now,
        this.key.id,
        this.sign({ type: 'audit_boundary', ...said }),
      ],
    );
  }

  /** Enters his key among those of the installation; the attestation is another key's, or nonsense. */
  async enterKey(): Promise<void> {
    await this.db.query(
      `insert into audit_signing_key (id, public_key, private_key_sealed, attestation, retired_at)
       select $1, $2, null, coalesce((select attestation from audit_signing_key limit 1), 'v1.x'), now()`,
      [this.key.id, this.key.publicKey],
    );
  }

  private sign(said: object): Buffer {
    return sign(null, Buffer.from(text(said)), this.key.privateKey);
  }

  private async rows(orgId: string): Promise<StoredRow[]> {
    const rows = await this.db.query<Record<string, unknown>>(
      `select s.sequence::float8 as s_sequence, rfc3339(s.sealed_at) as s_sealed_at, s.audit_id as s_audit_id,
              rfc3339(s.occurred_at) as s_occurred_at, encode(s.principal_digest, 'hex') as s_principal_digest,
              encode(s.person_digest, 'hex') as s_person_digest, encode(s.personal_digest, 'hex') as s_personal_digest,
              encode(s.digest, 'hex') as s_digest, encode(s.hash, 'hex') as s_hash, a.*,
              rfc3339(a.occurred_at) as occurred_at, host(a.address) as address
       from audit_seal s left join audit_log a on a.org_id = s.org_id and a.id = s.audit_id
       where s.org_id = $1 order by s.sequence`,
      [orgId],
    );
    return rows.map((row) => {
      const own = Object.entries(row).filter(([name]) => !name.startsWith('s_'));
      return {
        sequence: row.s_sequence as number,
        sealed_at: row.s_sealed_at as string,
        audit_id: row.s_audit_id as string,
        sealed_occurred_at: row.s_occurred_at as string,
        digests: {
          principal_digest: row.s_principal_digest as string | null,
          person_digest: row.s_person_digest as string | null,
          personal_digest: row.s_personal_digest as string | null,
        },
        row: row.id === null ? null : Object.fromEntries(own),
        digest: row.s_digest as string,
        hash: row.s_hash as string,
      };
    });
  }
}

function aKey(): ForgedKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const { x = '' } = publicKey.export({ format: 'jwk' });
  const id = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url');
  return { id, publicKey: Buffer.from(x, 'base64url'), privateKey };
}

function text(value: object): string {
  return canonicalize(value) ?? '';
}

function sha256(value: object): string {
  return createHash('sha256').update(text(value)).digest('hex');
}
