/** What a mirror takes, and what it does when something looks wrong. */
export interface MirrorRules {
  /** Globs on names; empty: all. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  /** Versions with a package of one of these types; empty: all. */
  readonly registryTypes: readonly string[];
  /** Versions that can be reached by one of these; empty: all. */
  readonly transports: readonly string[];
  readonly latestOnly: boolean;
  /** Of the upstream. What leaves them is deleted here. */
  readonly statuses: readonly string[];
  /** 0 to 100. */
  readonly maxRemovedPercent: number;
  readonly onConflict: 'skip' | 'hold';
}

/** A glob as a LIKE pattern on lowercase text: `*` is anything, `?` one character. */
export function likePattern(glob: string): string {
  return glob
    .toLowerCase()
    .replace(/[\\%_]/g, '\\$&')
    .replaceAll('*', '%')
    .replaceAll('?', '_');
}
