import type { Filter, ListFields } from '@portolan/kernel';
import { AUDIT_ACTIONS } from '../audit-events';

/** What the trail can be filtered by. A principal and a registry may be named, too; see `resolveNames`. */
export const AUDIT_LOG_FIELDS = {
  occurred_at: { column: 'occurred_at', kind: 'date', sortable: false, operators: ['gt', 'gte', 'lt', 'lte'] },
  kind: {
    column: 'kind',
    kind: 'string',
    sortable: false,
    choices: ['authentication', 'authorization', 'access', 'change'],
    operators: ['eq'],
  },
  action: {
    column: 'action',
    kind: 'string',
    sortable: false,
    choices: Object.keys(AUDIT_ACTIONS),
    operators: ['eq', 'oeq'],
  },
  principal: { column: 'principal_name', kind: 'string', sortable: false, operators: ['eq'] },
  credential_id: { column: 'credential_id', kind: 'uuid', sortable: false, operators: ['eq'] },
  target: { column: 'target_id', kind: 'string', sortable: false, operators: ['eq'] },
  result: {
    column: 'result',
    kind: 'string',
    sortable: false,
    choices: ['success', 'denied', 'failure'],
    operators: ['eq'],
  },
  registry: { column: 'registry_id', kind: 'string', sortable: false, operators: ['eq'] },
  request_id: { column: 'request_id', kind: 'string', sortable: false, operators: ['eq'] },
} as const satisfies ListFields;

/** A filter on ids of this column. */
export function filterOfIds(column: 'principal_id' | 'registry_id', values: readonly string[]): Filter {
  return { field: { column, kind: 'uuid', sortable: false }, labelKey: null, operator: 'oeq', values };
}
