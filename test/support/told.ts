/**
 * The audit trail as it is told, for the place of `audit_log` in SQL: with the names and personal fields that lie beside
 * the chain, so that they can be erased.
 */
export const TOLD = `(
  select a.org_id, a.id, a.occurred_at, a.kind, a.action, a.result, a.reason, a.principal_type, a.principal_id,
         coalesce(a.principal_name, principal.name) as principal_name, a.on_behalf_of_type, a.on_behalf_of_id,
         a.credential_id, a.request_id, a.trace_id, a.address, a.user_agent, a.target_type, a.target_id,
         coalesce(a.target_name, person.name) as target_name, a.parent_type, a.parent_id, a.registry_id,
         coalesce((personal.data -> 'before') || a.before, a.before) as before,
         coalesce((personal.data -> 'after') || a.after, a.after) as after
  from audit_log a
  left join audit_person principal on principal.org_id = a.org_id and principal.id = a.principal_id
  left join audit_person person on person.org_id = a.org_id and person.id = a.person_id
  left join audit_personal personal on personal.org_id = a.org_id and personal.audit_id = a.id) told`;
