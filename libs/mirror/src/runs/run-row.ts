import { constant, sql, type SqlFragment, type Tx } from '@portolan/db';
import { AppError, isUuid, type ListFields } from '@portolan/kernel';
import { SHARED_ORG_ID } from '../sources/crawl';

export const RUN_MODES = ['incremental', 'full'] as const;
export type RunMode = (typeof RUN_MODES)[number];

/** `policy`: what the mirror may take has changed. `upstream`: a crawl has found something new. */
export const RUN_TRIGGERS = ['schedule', 'request', 'upstream', 'policy'] as const;
export type RunTrigger = (typeof RUN_TRIGGERS)[number];

/** The first three have not come to their end. */
export const RUN_STATES = [
  'waiting',
  'running',
  'held',
  'succeeded',
  'failed',
  'cancelled',
  'refused',
  'superseded',
] as const;
export type RunState = (typeof RUN_STATES)[number];

/** Numbers of versions. */
export interface RunCounts {
  /** What the upstream has sent. */
  readonly fetched: number;
  readonly new: number;
  readonly changed: number;
  readonly unchanged: number;
  /** Marked as deleted, because the upstream deleted them or lists them no more. */
  readonly tombstoned: number;
  /** Taken away by what the organization or the mirror says. */
  readonly removed: number;
  readonly quarantined: number;
  readonly filtered: number;
  readonly conflicts: number;
}

export interface RunRow {
  readonly id: string;
  readonly mirror_id: string;
  readonly mode: RunMode;
  /** What it came to be; null before that is known. */
  readonly applied_mode: RunMode | null;
  readonly dry_run: boolean;
  readonly trigger: RunTrigger;
  readonly state: RunState;
  readonly phase: 'reading' | 'applying' | null;
  /** RFC 3339, UTC, microseconds. */
  readonly requested_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  /** Null unless it waits. */
  readonly due_at: string | null;
  readonly attempts: number;
  readonly counts: RunCounts;
  readonly pages: number;
  readonly bytes: number;
  /** HTTP status of the upstream's last answer; null when there was none. */
  readonly upstream_status: number | null;
  readonly reading_ms: number;
  readonly applying_ms: number;
  /** Why it is held. */
  readonly reasons: readonly { readonly guard: string; readonly detail: string }[];
  /** Whether there were more items than are kept; the counts are complete. */
  readonly items_truncated: boolean;
  readonly error: { readonly code: string; readonly detail: string | null } | null;
  readonly cancel_requested: boolean;
  readonly released: boolean;
}

const COUNTS = ['new', 'changed', 'unchanged', 'tombstoned', 'removed', 'quarantined', 'filtered', 'conflicts']
  .map((name) => `'${name}', coalesce((r.counts ->> '${name}')::float8, 0)`)
  .join(', ');

/** Of `runsOf`. */
export const RUN_COLUMNS = constant(`
  r.id, r.mirror_id, r.mode, r.applied_mode, r.dry_run, r.trigger, r.state, r.phase,
  rfc3339(r.requested_at) as requested_at, rfc3339(r.started_at) as started_at, rfc3339(r.finished_at) as finished_at,
  case when r.state = 'waiting' then rfc3339(r.due_at) end as due_at, r.attempts,
  jsonb_build_object('fetched', coalesce(c.fetched, (r.counts ->> 'fetched')::float8, r.fetched), ${COUNTS}) as counts,
  coalesce(c.pages, r.pages) as pages, coalesce(c.bytes, r.bytes)::float8 as bytes, r.upstream_status, r.reading_ms,
  r.applying_ms, r.reasons, r.items_truncated,
  case when r.error_code is not null then jsonb_build_object('code', r.error_code, 'detail', r.error_detail) end as error,
  r.cancel_requested, r.released`);

/**
 * `from ... where ...`: the runs of a mirror as `r`, and beside one that reads its crawl as `c`, for that tells how far it
 * has come. Others may read the same copy: the crawl is then the one that this run waits for.
 */
export function runsOf(orgId: string, mirrorId: string): SqlFragment {
  return sql`
    from mirror_run r
    left join source_crawl c on c.org_id in (${orgId}, ${SHARED_ORG_ID}) and c.source_id = r.source_id
      and c.number = r.crawl_number and r.phase = 'reading' and r.state in ('waiting', 'running')
    where r.org_id = ${orgId} and r.mirror_id = ${mirrorId}`;
}

/** What a list of runs can be filtered and sorted by. */
export const RUN_FIELDS: ListFields = {
  id: { column: 'r.id', kind: 'uuid', sortable: false },
  state: { column: 'r.state', kind: 'string', sortable: false, choices: RUN_STATES, operators: ['eq', 'neq', 'oeq'] },
  mode: { column: 'r.mode', kind: 'string', sortable: false, choices: RUN_MODES, operators: ['eq', 'neq', 'oeq'] },
  dry_run: { column: 'r.dry_run', kind: 'boolean', sortable: false },
  trigger: {
    column: 'r.trigger',
    kind: 'string',
    sortable: false,
    choices: RUN_TRIGGERS,
    operators: ['eq', 'neq', 'oeq'],
  },
  requested_at: { column: 'r.requested_at', kind: 'date', sortable: true },
};

/**
 * @param purpose `change` locks the run until the end of the transaction
 * @throws AppError mirror_run_not_found, alike for the run of another mirror, a missing one and what is no id
 */
export async function findRun(
  tx: Tx,
  mirrorId: string,
  id: string,
  purpose: 'read' | 'change' = 'read',
): Promise<RunRow> {
  const row = isUuid(id)
    ? await tx.row<RunRow>(sql`
        select ${RUN_COLUMNS} ${runsOf(tx.ctx.orgId, mirrorId)} and r.id = ${id}
        ${purpose === 'change' ? constant('for no key update of r') : constant('')}`)
    : undefined;
  if (!row) throw new AppError('mirror_run_not_found');
  return row;
}
