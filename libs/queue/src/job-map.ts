/** Every job by name, with its payload. Payloads carry ids, never documents or secrets. */
export interface JobMap {
  /** Mails the link of an invite. `sealed` is the link, encrypted: of its token the database has a hash only. */
  'access.send_invite_mail': { readonly invite_id: string; readonly sealed: string };
  /** Deletes those documents (SHA-256, hex) that no version points at any more. */
  'catalogue.sweep_documents': { readonly hashes: readonly string[] };
  /** A wake-up call: some run is due; which one, the database says. The id is the run's that asked for the call. */
  'mirror.run': { readonly run_id: string };
  /** Mirrors of an organization may take more than they did: they compare everything. */
  'mirror.compare_all': { readonly reason: 'reserved_namespaces' };
}

export type JobName = keyof JobMap;

/** A job as it travels: its payload and the organization it acts for. */
export interface Job<N extends JobName> {
  readonly orgId: string;
  readonly payload: JobMap[N];
}
