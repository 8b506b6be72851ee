import { constant, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type ListFields } from '@portolan/kernel';
import type { ClaimRule } from './issuer-policy';

export interface IssuerRow {
  readonly id: string;
  readonly name: string;
  /** Exactly what its tokens say as `iss`. */
  readonly issuer_url: string;
  readonly audiences: readonly string[];
  readonly claim_rules: readonly ClaimRule[];
  /** The most by which `exp` may lie after `iat`. */
  readonly max_lifetime_seconds: number;
  readonly enabled: boolean;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly updated_at: string;
}

export const ISSUER_COLUMNS = constant(
  'id, name, issuer_url, audiences, claim_rules, max_lifetime_seconds, enabled, ' +
    'rfc3339(created_at) as created_at, rfc3339(updated_at) as updated_at',
);

/** What a list of issuers can be filtered and sorted by. */
export const ISSUER_FIELDS: ListFields = {
  id: { column: 'id', kind: 'uuid', sortable: false },
  name: { column: 'name', kind: 'string', sortable: true },
  issuer_url: { column: 'issuer_url', kind: 'string', sortable: true },
  enabled: { column: 'enabled', kind: 'boolean', sortable: true },
  created_at: { column: 'trusted_issuer.created_at', kind: 'date', sortable: true },
  updated_at: { column: 'trusted_issuer.updated_at', kind: 'date', sortable: true },
};

const LOCKS = { none: constant(''), change: constant(' for update') } as const;

/** @throws AppError issuer_not_found, alike for a foreign id, a missing one and what is no id */
export async function findIssuer(tx: Tx, id: string, lock: keyof typeof LOCKS = 'none'): Promise<IssuerRow> {
  const row = isUuid(id)
    ? await tx.row<IssuerRow>(sql`
        select ${ISSUER_COLUMNS} from trusted_issuer where org_id = ${tx.ctx.orgId} and id = ${id}${LOCKS[lock]}`)
    : undefined;
  if (!row) throw new AppError('issuer_not_found');
  return row;
}
