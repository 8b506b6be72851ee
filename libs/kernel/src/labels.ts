import { invalidParameter } from './app-error';

export type Labels = Readonly<Record<string, string>>;

/** Labels to set; one with the value null is dropped, null itself drops all. */
export type LabelsChange = Readonly<Record<string, string | null>> | null;

export const LABELS_MAX = 50;
const LABEL_LENGTH_MAX = 63;

const VALUE = /^[a-z0-9A-Z](?:[a-z0-9A-Z._-]*[a-z0-9A-Z])?$/;
const RESERVED_PREFIXES = ['kong', 'konnect', 'insomnia', 'mesh', 'kic', 'kuma', '_'];

/** Why a label is not acceptable by Konnect's rules, or null. A null value means that the label is to be dropped. */
export function labelProblem(key: string, value: unknown): string | null {
  if (key.length < 1 || key.length > LABEL_LENGTH_MAX) return `keys must hold 1 to ${LABEL_LENGTH_MAX} characters`;
  if (!VALUE.test(key)) return `keys must match ${VALUE.source}`;
  const prefix = RESERVED_PREFIXES.find((reserved) => key.startsWith(reserved));
  if (prefix !== undefined) return `keys must not start with ${prefix}`;
  if (value === null) return null;
  if (typeof value !== 'string') return 'values must be strings';
  if (value.length < 1 || value.length > LABEL_LENGTH_MAX)
    return `values must hold 1 to ${LABEL_LENGTH_MAX} characters`;
  return VALUE.test(value) ? null : `values must match ${VALUE.source}`;
}

/**
 * @param change undefined leaves all as they are
 * @throws AppError invalid_parameters when the merged labels are too many
 */
export function mergeLabels(before: Labels, change: LabelsChange | undefined): Record<string, string> {
  if (change === undefined) return { ...before };
  const merged = new Map<string, string | null>(Object.entries(change === null ? {} : { ...before, ...change }));
  const kept = [...merged].filter((entry): entry is [string, string] => entry[1] !== null);
  if (kept.length > LABELS_MAX)
    throw invalidParameter({
      field: 'labels',
      rule: 'max_items',
      maximum: LABELS_MAX,
      reason: `labels must contain no more than ${LABELS_MAX} entries`,
      source: 'body',
    });
  return Object.fromEntries(kept);
}
