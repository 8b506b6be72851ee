import { constant } from '@portolan/db';
import type { ListFields } from '@portolan/kernel';

export interface ReservedNamespaceRow {
  readonly id: string;
  /** In lower case. Covers itself and all below it. */
  readonly namespace: string;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
}

export const RESERVED_NAMESPACE_COLUMNS = constant('id, namespace, rfc3339(created_at) as created_at');

/** What a list of reserved namespaces can be filtered and sorted by. */
export const RESERVED_NAMESPACE_FIELDS: ListFields = {
  id: { column: 'id', kind: 'uuid', sortable: false },
  namespace: { column: 'namespace', kind: 'string', sortable: true },
  created_at: { column: 'reserved_namespace.created_at', kind: 'date', sortable: true },
};
