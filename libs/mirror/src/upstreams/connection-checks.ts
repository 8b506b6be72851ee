/** In the order of the report. */
export const CHECK_NAMES = [
  'address_allowed',
  'name_resolved',
  'tls',
  'reachable',
  'api_version',
  'list_format',
  'paging',
  'updated_since',
  'version_read',
  'latency',
] as const;

export type CheckName = (typeof CHECK_NAMES)[number];

export const CHECK_STATUSES = ['passed', 'failed', 'skipped'] as const;

export interface ConnectionCheck {
  readonly name: CheckName;
  /** `skipped`: it has nothing to look at, or an earlier one that it needs has failed. */
  readonly status: (typeof CHECK_STATUSES)[number];
  /** What came of it, in words of ours; null where there is nothing to say. */
  readonly seen: string | null;
  /** What to do; null unless it failed. */
  readonly advice: string | null;
}

export interface ConnectionReport {
  /** True when the upstream can be mirrored: nothing failed that a mirror cannot do without. */
  readonly ok: boolean;
  readonly checks: readonly ConnectionCheck[];
}

/** What a mirror does without, more slowly or not at all noticing. */
const DISPENSABLE: ReadonlySet<CheckName> = new Set(['updated_since', 'version_read', 'latency']);

/** Collects what comes of each check; those that nobody speaks of were skipped. */
export class ConnectionChecks {
  private readonly done = new Map<CheckName, ConnectionCheck>();

  pass(name: CheckName, seen: string | null = null): void {
    this.done.set(name, { name, status: 'passed', seen, advice: null });
  }

  skip(name: CheckName, seen: string): void {
    this.done.set(name, { name, status: 'skipped', seen, advice: null });
  }

  fail(name: CheckName, seen: string, advice: string): void {
    this.done.set(name, { name, status: 'failed', seen, advice });
  }

  report(): ConnectionReport {
    const checks = CHECK_NAMES.map(
      (name) => this.done.get(name) ?? { name, status: 'skipped' as const, seen: null, advice: null },
    );
    return { ok: checks.every(({ name, status }) => status !== 'failed' || DISPENSABLE.has(name)), checks };
  }
}
