import type { AuditRow } from '../../rows/audit-row';

export interface OcsfClass {
  readonly uid: number;
  readonly name: string;
  readonly category: { readonly uid: number; readonly name: string };
}

export interface OcsfActivity {
  readonly class: OcsfClass;
  readonly id: number;
  readonly name: string;
}

const IDENTITY = { uid: 3, name: 'Identity & Access Management' };
export const ACCOUNT_CHANGE: OcsfClass = { uid: 3001, name: 'Account Change', category: IDENTITY };
export const AUTHENTICATION: OcsfClass = { uid: 3002, name: 'Authentication', category: IDENTITY };
export const API_ACTIVITY: OcsfClass = {
  uid: 6003,
  name: 'API Activity',
  category: { uid: 6, name: 'Application Activity' },
};

const OTHER = 99;

/** By the last word of an action. */
const API_ACTIVITIES: Readonly<Record<string, readonly [id: number, name: string]>> = {
  create: [1, 'Create'],
  publish: [1, 'Create'],
  add: [1, 'Create'],
  assign: [1, 'Create'],
  read: [2, 'Read'],
  export: [2, 'Read'],
  update: [3, 'Update'],
  edit: [3, 'Update'],
  status: [3, 'Update'],
  rotate: [3, 'Update'],
  revoke: [3, 'Update'],
  suspend: [3, 'Update'],
  resume: [3, 'Update'],
  delete: [4, 'Delete'],
  remove: [4, 'Delete'],
  unassign: [4, 'Delete'],
  purge: [4, 'Delete'],
};

const ACCOUNT_ACTIVITIES: Readonly<Record<string, readonly [id: number, name: string]>> = {
  'user.invite': [1, 'Create'],
  'user.join': [2, 'Enable'],
  'user.delete': [6, 'Delete'],
  'user.password.change': [3, 'Password Change'],
  'system_account.create': [1, 'Create'],
  'system_account.delete': [6, 'Delete'],
  'role.assign': [7, 'Attach Policy'],
  'role.unassign': [8, 'Detach Policy'],
};

/** Which class and activity of OCSF 1.6 a row is. */
export function activityOf(row: AuditRow): OcsfActivity {
  if (row.kind === 'authentication')
    return row.action === 'session.end'
      ? { class: AUTHENTICATION, id: 2, name: 'Logoff' }
      : { class: AUTHENTICATION, id: 1, name: 'Logon' };
  if (accountOf(row) === null) return apiActivityOf(row.action);
  const [id, name] = ACCOUNT_ACTIVITIES[row.action] ?? switchOf(row) ?? [OTHER, lastWord(row.action)];
  return { class: ACCOUNT_CHANGE, id, name };
}

/** The account that a row changes; null when it changes something else. */
export function accountOf(row: AuditRow): { readonly type: string; readonly id: string | null } | null {
  const { type, id } = row.target;
  if (row.kind !== 'change') return null;
  if (type === 'user' || type === 'system_account') return { type, id };
  if (type !== 'role_assignment') return null;
  const { holder } = fieldsOf(row.after ?? row.before);
  const { type: holderType, id: holderId } = fieldsOf(holder);
  // What teams may do is not an account's.
  if ((holderType !== 'user' && holderType !== 'system_account') || typeof holderId !== 'string') return null;
  return { type: holderType, id: holderId };
}

export function apiActivityOf(action: string): OcsfActivity {
  const word = lastWord(action);
  const [id, name] = API_ACTIVITIES[word] ?? [OTHER, word];
  return { class: API_ACTIVITY, id, name };
}

function switchOf({ before, after }: AuditRow): readonly [number, string] | null {
  const [was, is] = [fieldsOf(before)['active'], fieldsOf(after)['active']];
  if (was === is || typeof is !== 'boolean') return null;
  return is ? [2, 'Enable'] : [5, 'Disable'];
}

function lastWord(action: string): string {
  return action.split('.').at(-1) ?? action;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
