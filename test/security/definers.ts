/** What a SECURITY DEFINER function answers with no organization set, so that none is added without a thought. */
export const DEFINERS: Readonly<
  Record<
    string,
    | 'tests the organization'
    | 'answers before an organization is known'
    | 'is the same for everybody'
    | 'for the worker'
    | 'for the operator'
  >
> = {
  'find_organization_id(text)': 'answers before an organization is known',
  'find_access_token(text, inet)': 'answers before an organization is known',
  'find_user_session(text, inet)': 'answers before an organization is known',
  'find_capability_url(text, inet)': 'answers before an organization is known',
  'find_invite(text)': 'answers before an organization is known',
  'find_login_path(text)': 'answers before an organization is known',
  'find_trusted_issuer(text, text, text, inet)': 'answers before an organization is known',
  'find_authorization_servers(text, uuid)': 'answers before an organization is known',
  'list_organizations(text[], text[], boolean, integer, integer)': 'for the operator',
  'find_registry_by_id(uuid)': 'answers before an organization is known',
  'find_registry_by_names(text, text)': 'answers before an organization is known',
  'add_audit_key(text, bytea, text, text, text)': 'for the worker',
  'attest_audit_key(text, text)': 'for the operator',
  'audit_organizations_waiting(uuid, integer)': 'for the worker',
  'audit_unsealed_since()': 'for the operator',
  'claim_audit_deliveries(integer, interval, boolean, uuid[])': 'for the worker',
  'claim_outbox(integer, interval)': 'for the worker',
  'create_audit_partitions()': 'for the worker',
  'erase_audit_person(uuid)': 'tests the organization',
  'list_audit_keys()': 'answers before an organization is known',
  'list_audit_months()': 'for the worker',
  'list_audit_organizations_due()': 'for the worker',
  'purge_audit_checkpoints()': 'for the worker',
  'purge_audit_month(date, boolean)': 'for the worker',
  'purge_audit_people()': 'for the worker',
  'finish_outbox(uuid[])': 'for the worker',
  'sweep_documents(bytea[])': 'for the worker',
  'analyze_mirrored(text)': 'for the worker',
  'claim_mirror_run(interval, integer)': 'for the worker',
  'count_due_mirror_runs(integer)': 'for the worker',
  'drop_unused_source(uuid)': 'for the worker',
  'expire_held_mirror_runs()': 'for the worker',
  'keep_mirrored(uuid, uuid)': 'tests the organization',
  'list_due_mirrors(integer)': 'for the worker',
  'list_mirrors_behind(uuid)': 'for the worker',
  'list_unenforced_reservations()': 'for the worker',
  'list_sources_to_tidy(integer)': 'for the worker',
  'list_unused_sources(integer)': 'for the worker',
  'names_of_others(uuid, uuid, text[])': 'tests the organization',
  'return_lost_mirror_runs(integer)': 'for the worker',
  'same_content(bytea, bytea)': 'is the same for everybody',
  'shared_source(text, boolean)': 'is the same for everybody',
  'wake_mirror_runs(uuid)': 'for the worker',
  'name_ahead(uuid, text, integer)': 'tests the organization',
  'search_versions(uuid, text, text, text, text, text, text, boolean, timestamptz, boolean, integer)':
    'tests the organization',
};
