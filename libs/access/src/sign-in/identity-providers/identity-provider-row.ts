import { constant, sql, type Tx } from '@portolan/db';
import { AppError, isUuid, type ListFields } from '@portolan/kernel';

/** What an identity provider is asked for, without the secret. */
export interface ProviderConfig {
  readonly issuer_url: string;
  readonly client_id: string;
  readonly scopes: readonly string[];
  /** Which claim says what of a user. */
  readonly claim_mappings: { readonly name: string; readonly email: string; readonly groups: string };
}

export interface IdentityProviderRow {
  readonly id: string;
  readonly type: 'oidc';
  readonly enabled: boolean;
  /** Of the organization. */
  readonly login_path: string;
  readonly config: ProviderConfig;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly updated_at: string;
}

export const DEFAULT_SCOPES: readonly string[] = ['email', 'openid', 'profile'];
export const DEFAULT_CLAIM_MAPPINGS: ProviderConfig['claim_mappings'] = {
  name: 'name',
  email: 'email',
  groups: 'groups',
};

/** Columns of an IdentityProviderRow, from identity_provider as `p` and organization as `o`. */
export const PROVIDER_COLUMNS = constant(
  'p.id, p.type, p.enabled, o.login_path, p.config, rfc3339(p.created_at) as created_at, ' +
    'rfc3339(p.updated_at) as updated_at',
);

/** What a list of identity providers can be filtered and sorted by. */
export const PROVIDER_FIELDS: ListFields = {
  id: { column: 'p.id', kind: 'uuid', sortable: false },
  type: { column: 'p.type', kind: 'string', sortable: false },
  enabled: { column: 'p.enabled', kind: 'boolean', sortable: false },
  created_at: { column: 'p.created_at', kind: 'date', sortable: true },
  updated_at: { column: 'p.updated_at', kind: 'date', sortable: true },
};

/** @throws AppError identity_provider_not_found */
export async function requireProvider(tx: Tx, id: string): Promise<IdentityProviderRow> {
  const { orgId } = tx.ctx;
  const row = isUuid(id)
    ? await tx.row<IdentityProviderRow>(sql`
        select ${PROVIDER_COLUMNS} from identity_provider p join organization o on o.id = p.org_id
        where p.org_id = ${orgId} and p.id = ${id}`)
    : undefined;
  if (!row) throw new AppError('identity_provider_not_found');
  return row;
}

/** What the trail keeps of a provider: all but the organization's path, which is none of its own. */
export function auditedProvider({ login_path: _, ...row }: IdentityProviderRow): object {
  return row;
}
