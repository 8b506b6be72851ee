import { constant } from '@portolan/db';
import type { ListFields } from '@portolan/kernel';

export interface RegistryRow {
  readonly id: string;
  readonly name: string;
  readonly display_name: string;
  readonly description: string | null;
  readonly labels: Readonly<Record<string, string>>;
  readonly visibility: 'private' | 'public';
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly updated_at: string;
}

/** A registry as it is shown, with what others say of it. */
export interface ShownRegistry extends RegistryRow {
  /**
   * How old the oldest data are that its enabled mirrors show, RFC 3339, UTC, microseconds. Null when it has none, or one
   * that shows nothing yet.
   */
  readonly mirrored_data_as_of: string | null;
}

export const REGISTRY_COLUMNS = constant(
  'id, name, display_name, description, labels, visibility, rfc3339(created_at) as created_at, rfc3339(updated_at) as updated_at',
);

/** What a list of registries can be filtered and sorted by. */
export const REGISTRY_FIELDS: ListFields = {
  id: { column: 'id', kind: 'uuid', sortable: false },
  name: { column: 'name', kind: 'string', sortable: true },
  display_name: { column: 'display_name', kind: 'string', sortable: true },
  visibility: { column: 'visibility', kind: 'string', sortable: true },
  labels: { column: 'labels', kind: 'labels', sortable: false },
  created_at: { column: 'registry.created_at', kind: 'date', sortable: true },
  updated_at: { column: 'registry.updated_at', kind: 'date', sortable: true },
};
