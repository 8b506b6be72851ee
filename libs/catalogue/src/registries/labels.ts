export const LABELS_MAX = 50;
export const LABEL_LENGTH_MAX = 63;

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
