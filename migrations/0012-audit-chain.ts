import type { MigrationInterface, QueryRunner } from 'typeorm';
import { noWayBack, protect, statements } from './support';

/** What makes the trail tamper-evident: a chain of hashes for each organization, signed; and how it is kept. */
export class AuditChain1763900000012 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await statements(
      runner,
      // By the time of sealing, in which numbers only grow: what is dropped is always the beginning of a chain.
      `create table audit_seal (
         org_id uuid not null,
         sequence bigint not null check (sequence > 0),
         sealed_at timestamptz not null,
         audit_id uuid not null,
         occurred_at timestamptz not null,
         principal_digest bytea,
         person_digest bytea,
         personal_digest bytea,
         digest bytea not null,
         hash bytea not null,
         key_id text not null,
         signature bytea not null,
         primary key (org_id, sequence, sealed_at)
       ) partition by range (sealed_at)`,
      `create index audit_seal_row_idx on audit_seal (org_id, audit_id)`,
      `create table audit_checkpoint (
         org_id uuid not null,
         sequence bigint not null check (sequence > 0),
         created_at timestamptz not null,
         hash bytea not null,
         key_id text not null,
         signature bytea not null,
         primary key (org_id, sequence)
       )`,
      // Where the chain begins after a purge. Sequence and hash are those of the last row that is gone.
      `create table audit_boundary (
         org_id uuid not null,
         purged_before timestamptz not null,
         sequence bigint not null check (sequence >= 0),
         hash bytea not null,
         created_at timestamptz not null,
         key_id text not null,
         signature bytea not null,
         primary key (org_id, purged_before)
       )`,
      // The attestation is the public key, encrypted: only who has the operator's SECRETS_KEY can add a key. One that was
      // renewed under a later SECRETS_KEY lies beside the first: a worthless one takes nothing away.
      `create table audit_signing_key (
         id text primary key,
         public_key bytea not null check (length(public_key) = 32),
         private_key_sealed text,
         attestation text not null,
         attestation_renewed text,
         created_at timestamptz not null default clock_timestamp(),
         retired_at timestamptz,
         check ((private_key_sealed is null) = (retired_at is not null))
       )`,
      `create unique index audit_signing_key_current_key on audit_signing_key ((true)) where retired_at is null`,
      // Kept with the trail when the organization is deleted: what was on hold stays on hold. Without updated_at: nobody has
      // changed it. loosened_at tells when less began to be kept.
      `create table audit_settings (
         org_id uuid primary key,
         retention_days integer not null default 400 check (retention_days between 90 and 3650),
         legal_hold boolean not null default false,
         log_grants boolean not null default false,
         access_sample_percent integer not null default 0 check (access_sample_percent between 0 and 100),
         updated_at timestamptz,
         loosened_at timestamptz
       )`,
    );
    // Until now everything was kept, also the trails of organizations that are gone: there has to be time to say that it
    // still is.
    await runner.query(
      `insert into audit_settings (org_id, loosened_at)
       select org_id, clock_timestamp()
       from (select id as org_id from organization union select org_id from audit_unsealed) trails`,
    );
    for (const table of ['audit_seal', 'audit_checkpoint', 'audit_boundary', 'audit_settings'])
      await protect(runner, table);
    await statements(
      runner,
      // Never by what the statement says. Without a row there were the defaults.
      `create function note_loosened_audit() returns trigger
       language plpgsql set search_path = pg_catalog, public as $$
       declare
         v_days integer := 400;
         v_is_held boolean := false;
         v_loosened_at timestamptz;
       begin
         if tg_op = 'UPDATE' then
           v_days := old.retention_days;
           v_is_held := old.legal_hold;
           v_loosened_at := old.loosened_at;
         end if;
         new.loosened_at := case
           when new.retention_days < v_days or (v_is_held and not new.legal_hold) then clock_timestamp()
           else v_loosened_at
         end;
         return new;
       end $$`,
      `create trigger audit_settings_loosened before insert or update on audit_settings
         for each row execute function note_loosened_audit()`,
      `select add_audit_partitions('audit_seal', now() - interval '1 month')`,
      // With every run, and by the worker: a month that has no partition could not be written to.
      `create function create_audit_partitions() returns integer
       language sql volatile security definer set search_path = pg_catalog, public as $$
         select public.add_audit_partitions('audit_log', now()) + public.add_audit_partitions('audit_seal', now())
       $$`,
      `create function list_audit_keys()
       returns table (id text, public_key bytea, private_key_sealed text, attestation text, attestation_renewed text,
                      created_at timestamptz, retired_at timestamptz)
       language sql stable security definer set search_path = pg_catalog, public as $$
         select id, public_key, private_key_sealed, attestation, attestation_renewed, created_at, retired_at
         from public.audit_signing_key order by created_at
       $$`,
      // True when the key was added: of two that replace the same key, one is.
      `create function add_audit_key(p_id text, p_public_key bytea, p_private_key_sealed text, p_attestation text,
                                     p_replaces text) returns boolean
       language plpgsql volatile security definer set search_path = pg_catalog, public as $$
       begin
         perform pg_advisory_xact_lock(hashtextextended('portolan audit keys', 0));
         if (select k.id from public.audit_signing_key k where k.retired_at is null) is distinct from p_replaces then
           return false;
         end if;
         update public.audit_signing_key k set private_key_sealed = null, retired_at = clock_timestamp()
         where k.id = p_replaces;
         insert into public.audit_signing_key (id, public_key, private_key_sealed, attestation)
         values (p_id, p_public_key, p_private_key_sealed, p_attestation);
         return true;
       end $$`,
      `create function attest_audit_key(p_id text, p_attestation text) returns void
       language sql volatile security definer set search_path = pg_catalog, public as $$
         update public.audit_signing_key set attestation_renewed = p_attestation where id = p_id
       $$`,
    );
  }

  down(): Promise<void> {
    return noWayBack();
  }
}
