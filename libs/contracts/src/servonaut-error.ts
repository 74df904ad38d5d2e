import { errorRow, type ErrorCode } from './error-codes.ts';

export interface ServonautErrorOptions {
  /** A more exact public sentence than the table's. It may name what the caller sent, never a secret. */
  readonly message?: string;
  /** A more exact next step than the table's. */
  readonly nextStep?: string;
  /** For logs only; never leaves the process. */
  readonly detail?: string;
  /** Public machine-readable facts, such as `last_seen_at`. */
  readonly facts?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The one error that crosses our own code: a code of the closed set, a public sentence, a private detail and a next step. */
export class ServonautError extends Error {
  override readonly name = 'ServonautError';
  readonly code: ErrorCode;
  readonly nextStep: string;
  readonly detail: string | undefined;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, options: ServonautErrorOptions = {}) {
    super(
      options.message ?? errorRow(code).sentence,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.nextStep = options.nextStep ?? errorRow(code).nextStep;
    this.detail = options.detail;
    this.facts = options.facts ?? {};
  }

  get retryable(): boolean {
    return errorRow(this.code).retryable;
  }
}
