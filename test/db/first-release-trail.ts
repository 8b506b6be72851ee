import type { Client } from 'pg';
import { v7 as uuidv7 } from 'uuid';

export const ADA = { id: uuidv7(), email: 'ada@example.com', name: 'Ada Lovelace' };
/** Has been deleted since. */
export const BOB = { id: uuidv7(), email: 'bob@example.org', name: 'Bob Brown' };
/** A subject at an identity provider, and one that a JWT named. */
export const SUBJECT = 'carol-7@idp.example';

type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly action: string };

const BY_ADA = { principal_type: 'user', principal_id: ADA.id, principal_name: ADA.email, token_id: uuidv7() };
const BY_NOBODY = { principal_type: 'anonymous', principal_name: 'anonymous' };
const KINDS: Readonly<Record<string, string>> = {
  session: 'authentication',
  jwt: 'authentication',
  permission: 'authorization',
};

function row(action: string, targetType: string, fields: Readonly<Record<string, unknown>>): Row {
  return {
    id: uuidv7(),
    kind: KINDS[action.split('.')[0] ?? ''] ?? 'change',
    action,
    result: 'success',
    trace_id: '1'.repeat(32),
    target_type: targetType,
    target_id: uuidv7(),
    ...BY_ADA,
    ...fields,
  };
}

/** Rows as releases wrote them before names lay beside the trail, oldest first. */
export const OLD_ROWS: readonly Row[] = [
  row('user.invite', 'user', {
    target_id: BOB.id,
    target_name: BOB.email,
    after: { id: BOB.id, email: BOB.email, full_name: BOB.name, preferred_name: null, active: false },
  }),
  row('user.update', 'user', {
    target_id: BOB.id,
    target_name: BOB.email,
    before: { id: BOB.id, email: BOB.email, full_name: BOB.name, preferred_name: null },
    after: { id: BOB.id, email: BOB.email, full_name: BOB.name, preferred_name: 'Bob Brown jr' },
  }),
  row('user.join', 'user', {
    target_id: BOB.id,
    target_name: BOB.email,
    principal_type: 'user',
    principal_id: BOB.id,
    principal_name: BOB.email,
    after: { email: BOB.email, subject: SUBJECT },
  }),
  row('session.create', 'session', { target_name: ADA.email, after: { method: 'password', user_id: ADA.id } }),
  row('session.end', 'session', { target_name: BOB.email, after: { user_id: BOB.id, ended: 2 } }),
  row('session.refuse', 'session', {
    result: 'denied',
    target_id: null,
    target_name: ADA.email,
    ...{ ...BY_NOBODY, principal_id: null, token_id: null },
  }),
  row('session.refuse', 'session', {
    result: 'denied',
    target_id: null,
    target_name: BOB.email,
    ...{ ...BY_NOBODY, principal_id: null, token_id: null },
  }),
  row('invite.revoke', 'invite', { target_name: BOB.email, before: { user_id: BOB.id, email: BOB.email } }),
  row('role.assign', 'role_assignment', {
    target_name: BOB.email,
    after: { role_name: 'Viewer', holder: { type: 'user', id: BOB.id, name: BOB.email } },
  }),
  row('role.assign', 'role_assignment', {
    target_name: 'ci',
    after: { role_name: 'Viewer', holder: { type: 'system_account', id: uuidv7(), name: 'ci' } },
  }),
  row('team.member.add', 'team', { target_name: 'Auditor', after: { type: 'user', id: BOB.id, name: BOB.email } }),
  row('team.member.remove', 'team', {
    target_name: 'Auditor',
    before: { user_id: BOB.id, email: BOB.email, source: 'identity_provider' },
  }),
  row('token.create', 'access_token', {
    target_name: 'bootstrap',
    after: { name: 'bootstrap', owner_type: 'user', owner_id: ADA.id, email: ADA.email },
  }),
  row('permission.deny', 'route', {
    result: 'denied',
    target_id: null,
    target_name: `GET /v0/users?filter[email][eq]=${BOB.email}`,
  }),
  row('jwt.refuse', 'issuer', {
    result: 'denied',
    target_id: null,
    ...{ principal_type: 'jwt_subject', principal_id: null, principal_name: `idp/${SUBJECT}`, token_id: null },
  }),
  row('registry.create', 'registry', { target_name: 'tools', after: { name: 'tools', display_name: 'Tools' } }),
];

/** One a month, the last one this month; the same for an organization that is not there any more. */
export async function fillFirstReleaseTrail(client: Client, orgId: string, goneId: string): Promise<void> {
  for (const [index, old] of OLD_ROWS.entries())
    for (const [organization, id] of [
      [orgId, old.id],
      [goneId, uuidv7()],
    ])
      await client.query(
        `insert into audit_log (org_id, id, occurred_at, kind, action, result, principal_type, principal_id,
                                principal_name, token_id, trace_id, target_type, target_id, target_name, before, after)
         select $2, $3, now() - make_interval(months => $4), r.kind, r.action, r.result, r.principal_type, r.principal_id,
                r.principal_name, r.token_id, r.trace_id, r.target_type, r.target_id, r.target_name, r.before, r.after
         from jsonb_populate_record(null::audit_log, $1) r`,
        [old, organization, id, OLD_ROWS.length - 1 - index],
      );
}
