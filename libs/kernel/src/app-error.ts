import { ERROR_CODES, type ErrorCodeName } from './error-codes';

/** One refused field of a management request. Limits appear under the name of their kind. */
export interface InvalidParameter {
  readonly field: string;
  readonly rule: string;
  readonly reason: string;
  readonly source: 'body' | 'query' | 'path';
  readonly minimum?: number;
  readonly maximum?: number;
  readonly choices?: readonly string[];
}

/** One reason of a refused sub-API request, in the official registry's shape. */
export interface ErrorDetail {
  readonly message: string;
  readonly location?: string;
  readonly value?: unknown;
}

export interface AppErrorOptions {
  readonly detail?: string;
  readonly invalidParameters?: readonly InvalidParameter[];
  readonly errors?: readonly ErrorDetail[];
  /** Extra response headers, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The permission that was missing, for the audit trail. */
  readonly permission?: string;
  readonly cause?: unknown;
}

/** A refusal that business code may throw anywhere; one filter turns its code into HTTP. */
export class AppError extends Error {
  readonly detail: string;
  readonly invalidParameters: readonly InvalidParameter[];
  readonly errors: readonly ErrorDetail[];
  readonly headers: Readonly<Record<string, string>>;
  readonly permission: string | null;

  constructor(
    readonly code: ErrorCodeName,
    options: AppErrorOptions = {},
  ) {
    super(`${code}: ${options.detail ?? ERROR_CODES[code].detail}`, { cause: options.cause });
    this.name = 'AppError';
    this.detail = options.detail ?? ERROR_CODES[code].detail;
    this.invalidParameters = options.invalidParameters ?? [];
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
    this.permission = options.permission ?? null;
  }

  get status(): number {
    return ERROR_CODES[this.code].status;
  }

  get title(): string {
    return ERROR_CODES[this.code].title;
  }
}

/** 400 for one field of a management request. */
export function invalidParameter(parameter: InvalidParameter): AppError {
  return new AppError('invalid_parameters', { invalidParameters: [parameter] });
}
