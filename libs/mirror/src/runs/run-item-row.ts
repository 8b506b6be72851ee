import { constant } from '@portolan/db';
import type { ListFields } from '@portolan/kernel';

export const ITEM_ACTIONS = ['new', 'changed', 'tombstoned', 'removed', 'quarantined', 'conflict'] as const;
export type ItemAction = (typeof ITEM_ACTIONS)[number];

/** What became of one version, or would have in a dry run. */
export interface RunItemRow {
  readonly name: string;
  readonly version: string;
  readonly action: ItemAction;
  /** A word for programs. */
  readonly reason: string;
  /** A sentence for people. */
  readonly detail: string | null;
  /** For which of the run's reasons it counts, if it was held. */
  readonly guard: string | null;
}

export const RUN_ITEM_COLUMNS = constant('name, version, action, reason, detail, guard');

/** What the items of a run can be filtered by. */
export const RUN_ITEM_FIELDS: ListFields = {
  action: { column: 'action', kind: 'string', sortable: false, choices: ITEM_ACTIONS, operators: ['eq', 'oeq'] },
  name: { column: 'name', kind: 'string', sortable: false, operators: ['eq', 'contains'] },
};
