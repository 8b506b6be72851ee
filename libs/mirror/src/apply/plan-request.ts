import type { MirrorRules } from './mirror-rules';

/** The difference that a run makes to a registry. */
export interface PlanRequest {
  readonly registryId: string;
  readonly mirrorId: string;
  readonly position: number;
  readonly rules: MirrorRules;
  readonly source: { readonly id: string; readonly orgId: string };
  /** The crawl that the registry will show. */
  readonly crawl: number;
  /** The crawl that it shows: only what has changed since is looked at. Null: everything. */
  readonly applied: number | null;
}
