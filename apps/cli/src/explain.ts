import { AppError } from '@portolan/kernel';

/** One line about an error for whoever typed the command. */
export function explain(error: unknown): string {
  if (error instanceof AppError) return error.invalidParameters[0]?.reason ?? error.detail;
  return error instanceof Error ? error.message || error.name : String(error);
}
