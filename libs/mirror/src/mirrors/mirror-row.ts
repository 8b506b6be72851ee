import { constant, sql, type SqlFragment, type Tx } from '@portolan/db';
import { AppError, isUuid, type ListFields } from '@portolan/kernel';
import type { RunState } from '../runs/run-row';

export const MIRRORS_MAX = 20;
export const POSITION_MAX = 1_000;

export const STATUSES = ['active', 'deprecated', 'deleted'] as const;
export type MirroredStatus = (typeof STATUSES)[number];

export const TRANSPORTS = ['stdio', 'sse', 'streamable-http'] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** `hold`: a run that meets the name of somebody else waits for an administrator. `skip`: it leaves the name to him. */
export const ON_CONFLICT = ['skip', 'hold'] as const;
export type OnConflict = (typeof ON_CONFLICT)[number];

/** What a mirror takes of its upstream, and when. */
export interface MirrorSettings {
  /** As parseSchedule reads it. */
  readonly schedule: string;
  /** Patterns of server names with `*` and `?`; none: all. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Of packages; none: all. */
  readonly registry_types: readonly string[];
  readonly transports: readonly Transport[];
  readonly latest_only: boolean;
  readonly statuses: readonly MirroredStatus[];
  /** A run is held when the upstream takes away more than so many of a hundred versions. */
  readonly max_removed_percent: number;
  readonly on_conflict: OnConflict;
  readonly enabled: boolean;
  /** Where two mirrors offer the same name, the lower one has it. */
  readonly position: number;
}

export interface MirrorRow extends MirrorSettings {
  readonly id: string;
  readonly upstream_id: string;
  readonly upstream_name: string;
  /** RFC 3339, UTC, microseconds. */
  readonly created_at: string;
  readonly updated_at: string;
  /** Null while it is disabled. */
  readonly next_run_at: string | null;
  /** When the upstream was as the registry shows it; null before the first run. */
  readonly data_as_of: string | null;
  readonly last_run: { readonly id: string; readonly state: RunState; readonly finished_at: string | null } | null;
}

/** Of `mirrorsOf`. */
export const MIRROR_COLUMNS = constant(`
  m.id, m.upstream_id, u.name as upstream_name, m.schedule, m.include, m.exclude, m.registry_types, m.transports,
  m.latest_only, m.statuses, m.max_removed_percent, m.on_conflict, m.enabled, m.position,
  rfc3339(m.created_at) as created_at, rfc3339(m.updated_at) as updated_at, rfc3339(m.next_run_at) as next_run_at,
  rfc3339(m.data_as_of) as data_as_of,
  (select jsonb_build_object('id', r.id, 'state', r.state, 'finished_at', rfc3339(r.finished_at))
   from mirror_run r where r.org_id = m.org_id and r.mirror_id = m.id
   order by r.requested_at desc, r.id desc limit 1) as last_run`);

/** `from ... where ...`: the mirrors of a registry as `m`, each with its upstream as `u`. */
export function mirrorsOf(orgId: string, registryId: string): SqlFragment {
  return sql`
    from mirror m join upstream u on u.org_id = m.org_id and u.id = m.upstream_id
    where m.org_id = ${orgId} and m.registry_id = ${registryId}`;
}

/** What a list of mirrors can be filtered and sorted by. */
export const MIRROR_FIELDS: ListFields = {
  id: { column: 'm.id', kind: 'uuid', sortable: false },
  upstream_id: { column: 'm.upstream_id', kind: 'uuid', sortable: false },
  upstream_name: { column: 'u.name', kind: 'string', sortable: true },
  enabled: { column: 'm.enabled', kind: 'boolean', sortable: false },
  position: { column: 'm.position', kind: 'string', sortable: true, operators: [] },
  created_at: { column: 'm.created_at', kind: 'date', sortable: true },
  updated_at: { column: 'm.updated_at', kind: 'date', sortable: true },
  next_run_at: { column: 'm.next_run_at', kind: 'date', sortable: true },
};

/** No run changes the registry while one of the latter holds the mirror. */
const LOCKS = {
  read: constant(''),
  change: constant('for no key update of m'),
  delete: constant('for update of m'),
};

/**
 * @param purpose what for; all but `read` lock the mirror until the end of the transaction
 * @throws AppError mirror_not_found, alike for the mirror of another registry, a missing one and what is no id
 */
export async function findMirror(
  tx: Tx,
  registryId: string,
  id: string,
  purpose: keyof typeof LOCKS = 'read',
): Promise<MirrorRow> {
  const row = isUuid(id)
    ? await tx.row<MirrorRow>(sql`
        select ${MIRROR_COLUMNS} ${mirrorsOf(tx.ctx.orgId, registryId)} and m.id = ${id} ${LOCKS[purpose]}`)
    : undefined;
  if (!row) throw new AppError('mirror_not_found');
  return row;
}

/** A run may apply what it has planned for a while, and whoever waits for it holds a connection that others need. */
export async function waitBriefly(tx: Tx): Promise<void> {
  await tx.run(sql`set local lock_timeout = '2s'`);
}

/** What the trail keeps of a mirror: its settings, and not how its runs go. */
export function auditedMirror({ next_run_at: _, data_as_of: __, last_run: ___, ...kept }: MirrorRow): object {
  return kept;
}

/**
 * Has the other mirrors of a registry compare everything once more: which names are theirs may have changed.
 */
export async function recompareOthers(tx: Tx, registryId: string, mirrorId: string): Promise<void> {
  await tx.run(sql`
    update mirror set applied_crawl = null, next_run_at = case when enabled then clock_timestamp() end
    where org_id = ${tx.ctx.orgId} and registry_id = ${registryId} and id <> ${mirrorId}`);
}
