import { AUDIT_VOCABULARY_VERSION } from '../../audit-events';
import { canonical } from '../../chain/canonical';
import { noticeOf, type Encode, type Entry } from './entry';

/** JSON in canonical form (RFC 8785); `sig` is over the canonical form of the object without `sig`. */
export const encodeJson: Encode = (entry, signer) => {
  const said = { ...bodyOf(entry), sig_kid: signer.keyId };
  return canonical({ ...said, sig: signer.sign(canonical(said)).toString('base64url') });
};

function bodyOf(entry: Entry): object {
  const common = { type: entry.type, version: AUDIT_VOCABULARY_VERSION, org_id: entry.orgId };
  if (entry.type === 'event') return { ...common, ...entry.row, sealed_at: entry.sealedAt };
  const { id, at } = noticeOf(entry);
  if (entry.type === 'test') return { ...common, id, occurred_at: at };
  const { sequence, hash, keyId, signature } = entry;
  return { ...common, id, sequence, hash, created_at: at, key_id: keyId, signature };
}
