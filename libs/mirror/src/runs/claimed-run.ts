import { sql, type Tx } from '@portolan/db';

/** How long a run is somebody's after he was last heard of. */
export const RUN_LEASE_SECONDS = 15;

/** A run that was handed out to this process. Each write names the fence: one that was handed out again wins. */
export interface ClaimedRun {
  readonly org_id: string;
  readonly id: string;
  readonly fence: number;
}

/** What a run is about, as it stands when it begins. */
export interface RunTask {
  readonly mirror: { readonly id: string; readonly registryId: string };
  readonly mode: 'incremental' | 'full';
  readonly dryRun: boolean;
  readonly trigger: string;
  readonly freshFrom: string;
  readonly released: boolean;
  /** Why it was held before it was released. */
  readonly reasons: readonly { readonly detail: string }[];
  readonly attempts: number;
  readonly crawlNumber: number | null;
  readonly runSourceId: string | null;
  readonly runPages: number;
  readonly mirrorEnabled: boolean;
  readonly upstream: {
    readonly id: string;
    readonly name: string;
    readonly enabled: boolean;
    readonly headersSealed: string | null;
  };
  readonly source: {
    readonly id: string;
    readonly orgId: string;
    readonly url: string;
    readonly verifyTls: boolean;
    readonly head: number;
    readonly headStartedAt: string | null;
  };
}

/** @returns undefined when the run is somebody else's by now, or gone */
export async function readTask(tx: Tx, { id, fence }: ClaimedRun): Promise<RunTask | undefined> {
  const row = await tx.row<{ task: RunTask }>(sql`
    select jsonb_build_object(
      'mirror', jsonb_build_object('id', m.id, 'registryId', m.registry_id),
      'mode', r.mode, 'dryRun', r.dry_run, 'trigger', r.trigger, 'freshFrom', rfc3339(r.fresh_from),
      'released', r.released, 'reasons', r.reasons, 'attempts', r.attempts, 'crawlNumber', r.crawl_number, 'runSourceId', r.source_id,
      'runPages', r.pages, 'mirrorEnabled', m.enabled,
      'upstream', jsonb_build_object('id', u.id, 'name', u.name, 'enabled', u.enabled, 'headersSealed', u.headers_sealed),
      'source', jsonb_build_object('id', s.id, 'orgId', s.org_id, 'url', s.url, 'verifyTls', s.verify_tls,
                                   'head', s.head, 'headStartedAt', rfc3339(s.head_started_at))) as task
    from mirror_run r
    join mirror m on m.org_id = r.org_id and m.id = r.mirror_id
    join upstream u on u.org_id = m.org_id and u.id = m.upstream_id
    join source s on s.id = u.source_id
    where r.org_id = ${tx.ctx.orgId} and r.id = ${id} and r.fence = ${fence} and r.state = 'running'`);
  return row?.task;
}
