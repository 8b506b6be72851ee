export const CONNECT_TIMEOUT_MS = 5_000;

/** Why no connection can be opened, in one line under the name of the setting that led to the server. */
export function cannotBeUsed(setting: { readonly name: string; readonly expected: string }, error: unknown): Error {
  const reason = error instanceof Error ? error.message || String((error as { code?: unknown }).code) : String(error);
  return new Error(`${setting.name} cannot be used (${reason}): expected ${setting.expected}`, { cause: error });
}
