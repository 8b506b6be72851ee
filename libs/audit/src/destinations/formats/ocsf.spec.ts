import { AUDIT_ACTIONS, type AuditAction } from '../../audit-events';
import type { AuditRow } from '../../rows/audit-row';
import type { Entry } from './entry';
import { encodeOcsf } from './ocsf';

interface Event {
  readonly class_uid: number;
  readonly activity_id: number;
  readonly type_uid: number;
  readonly category_uid: number;
  readonly user?: object;
  readonly [attribute: string]: unknown;
}

const SIGNER = { keyId: 'key-1', sign: () => Buffer.from('signature') };
const ROW: AuditRow = {
  id: '0199a000-0000-7000-8000-000000000001',
  occurred_at: '2026-01-02T03:04:05.678901Z',
  sequence: 7,
  hash: 'ab',
  kind: 'change',
  action: 'registry.create',
  result: 'success',
  reason: null,
  principal: { type: 'user', id: 'u1', name: 'Ada' },
  on_behalf_of: null,
  credential_id: 'c1',
  request_id: 'r1',
  trace_id: null,
  address: '192.0.2.1',
  user_agent: 'curl/8',
  target: { type: 'registry', id: 't1', name: 'tools', parent: null },
  registry_id: null,
  before: null,
  after: { name: 'tools' },
};
// What the schema of OCSF 1.6.0 requires, with the range of activities.
const REQUIRED = ['activity_id', 'category_uid', 'class_uid', 'metadata', 'severity_id', 'time', 'type_uid'];
const CLASSES: Readonly<Record<number, { readonly required: readonly string[]; readonly activities: number }>> = {
  3001: { required: ['user'], activities: 12 },
  3002: { required: ['user', 'service'], activities: 7 },
  6003: { required: ['actor', 'api', 'src_endpoint'], activities: 4 },
};

const read = (entry: Entry) => JSON.parse(encodeOcsf(entry, SIGNER)) as Event;
const encode = (row: Partial<AuditRow> = {}) =>
  read({ type: 'event', orgId: 'o1', sealedAt: '2026-01-02T03:04:06.000000Z', row: { ...ROW, ...row } });

describe('An event in OCSF 1.6', () => {
  it('is the whole row', () => {
    expect(encode({ reason: 'because' })).toEqual({
      category_uid: 6,
      category_name: 'Application Activity',
      class_uid: 6003,
      class_name: 'API Activity',
      activity_id: 1,
      activity_name: 'Create',
      type_uid: 600301,
      type_name: 'API Activity: Create',
      status_id: 1,
      status: 'Success',
      status_detail: 'because',
      severity_id: 1,
      severity: 'Informational',
      message: 'A registry was created',
      time: 1767323045678,
      metadata: {
        version: '1.6.0',
        uid: ROW.id,
        tenant_uid: 'o1',
        event_code: 'registry.create',
        log_name: 'audit',
        log_version: '1',
        original_time: ROW.occurred_at,
        logged_time: 1767323046000,
        sequence: 7,
        correlation_uid: 'r1',
        product: { name: 'Portolan', vendor_name: 'Portolan' },
      },
      actor: { user: { type_id: 1, type: 'User', uid: 'u1', name: 'Ada' }, session: { uid: 'c1' } },
      api: { operation: 'registry.create', request: { uid: 'r1' }, service: { name: 'Portolan' } },
      src_endpoint: { ip: '192.0.2.1' },
      http_request: { uid: 'r1', user_agent: 'curl/8' },
      resources: [{ uid: 't1', name: 'tools', type: 'registry' }],
      unmapped: {
        type: 'event',
        kind: 'change',
        result: 'success',
        hash: 'ab',
        on_behalf_of: null,
        trace_id: null,
        target: ROW.target,
        registry_id: null,
        diff: { before: null, after: { name: 'tools' } },
        sig_kid: 'key-1',
        sig: 'c2lnbmF0dXJl',
      },
    });
  });

  it.each(Object.keys(AUDIT_ACTIONS) as AuditAction[])('has what its class requires: %s', (action) => {
    const { kind, target: type } = AUDIT_ACTIONS[action];
    const poor = {
      principal: { type: 'anonymous', id: null, name: null },
      address: null,
      user_agent: null,
      credential_id: null,
      target: { type, id: null, name: null, parent: null },
      before: null,
      after: null,
    };
    const target = { ...ROW.target, type };
    for (const row of [{ target }, poor, { target, result: 'denied' }]) {
      const event = encode({ ...row, kind, action });
      const { required, activities } = CLASSES[event.class_uid] ?? { required: ['a known class'], activities: 0 };
      expect(Object.keys(event)).toEqual(expect.arrayContaining([...REQUIRED, ...required]));
      expect(event.type_uid).toBe(event.class_uid * 100 + event.activity_id);
      expect(event.category_uid).toBe(Math.floor(event.class_uid / 1000));
      expect(event.activity_id === 99 || (event.activity_id > 0 && event.activity_id <= activities)).toBe(true);
      if (event.user) expect('uid' in event.user || 'name' in event.user).toBe(true);
    }
  });

  it.each([
    [{ action: 'registry.update' }, 600303],
    [{ action: 'server.version.delete' }, 600304],
    [{ action: 'registry.read', kind: 'access' }, 600302],
    [{ action: 'permission.deny', kind: 'authorization', result: 'denied' }, 600399],
    [{ action: 'session.create', kind: 'authentication' }, 300201],
    [{ action: 'session.end', kind: 'authentication' }, 300202],
    [{ action: 'token.refuse', kind: 'authentication', result: 'denied' }, 300201],
    [{ action: 'user.invite', target: { ...ROW.target, type: 'user' } }, 300101],
    [{ action: 'user.delete', target: { ...ROW.target, type: 'user' } }, 300106],
    [
      {
        action: 'user.update',
        target: { ...ROW.target, type: 'user' },
        before: { active: true },
        after: { active: false },
      },
      300105,
    ],
    [
      {
        action: 'user.update',
        target: { ...ROW.target, type: 'user' },
        before: { active: false },
        after: { active: true },
      },
      300102,
    ],
    [
      {
        action: 'user.update',
        target: { ...ROW.target, type: 'user' },
        before: { active: true },
        after: { active: true },
      },
      300199,
    ],
    [
      {
        action: 'role.assign',
        target: { ...ROW.target, type: 'role_assignment' },
        after: { holder: { type: 'user', id: 'u2' } },
      },
      300107,
    ],
    [
      {
        action: 'role.unassign',
        target: { ...ROW.target, type: 'role_assignment' },
        after: null,
        before: { holder: { type: 'user', id: 'u2' } },
      },
      300108,
    ],
    [
      {
        action: 'role.assign',
        target: { ...ROW.target, type: 'role_assignment' },
        after: { holder: { type: 'team', id: 't2' } },
      },
      600301,
    ],
  ])('has the type of what happened: %j', (row, type) => {
    expect(encode(row).type_uid).toBe(type);
  });

  it('names the account that a role is given to, not the assignment', () => {
    const target = { ...ROW.target, type: 'role_assignment', name: 'Grace' };
    const { user } = encode({ action: 'role.assign', target, after: { holder: { type: 'user', id: 'u2' } } });
    expect(user).toEqual({ type_id: 1, type: 'User', uid: 'u2', name: 'Grace' });
  });

  it.each([
    ['success', 1, 1],
    ['denied', 2, 3],
    ['failure', 2, 2],
  ])('has the status of %s', (result, statusId, severityId) => {
    expect(encode({ result })).toMatchObject({ status_id: statusId, severity_id: severityId });
  });

  it('tells checkpoints and tests, too', () => {
    const common = { orgId: 'o1', createdAt: ROW.occurred_at };
    const checkpoint = read({ ...common, type: 'checkpoint', sequence: 9, hash: 'cd', keyId: 'k0', signature: 'c2ln' });
    const test = read({ ...common, type: 'test', id: 't1' });
    expect(checkpoint).toMatchObject({
      type_uid: 600399,
      metadata: { uid: 'checkpoint-9', sequence: 9 },
      unmapped: { type: 'checkpoint', sequence: 9, hash: 'cd', key_id: 'k0', signature: 'c2ln' },
    });
    expect(test).toMatchObject({ type_uid: 600399, metadata: { uid: 't1' }, unmapped: { type: 'test' } });
    for (const event of [checkpoint, test])
      expect(Object.keys(event)).toEqual(expect.arrayContaining([...REQUIRED, ...(CLASSES[6003]?.required ?? [])]));
  });
});
