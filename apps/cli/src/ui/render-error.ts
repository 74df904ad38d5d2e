import { errorRow, ServonautError } from '@servonaut/contracts';
import { operatorStep } from '../services/operator-step.ts';
import { plainText } from './plain-text.ts';

/** An error as `--json` prints it. */
export interface ErrorJson {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly next_step: string;
    readonly retryable: boolean;
    readonly facts?: Readonly<Record<string, unknown>>;
  };
}

/**
 * A plugin may carry its own copy of the contracts, so that its errors are not instances of our class: the name decides.
 */
export function asServonautError(error: unknown): ServonautError | undefined {
  if (error instanceof ServonautError) return error;
  return error instanceof Error && error.name === 'ServonautError' ? (error as ServonautError) : undefined;
}

/** What failed, and what to do next; both may be somebody else's words. */
export function errorLines(error: ServonautError): string {
  return `Error: ${plainText(error.message)}\n${plainText(operatorStep(error))}\n[${error.code}]\n`;
}

export function errorJson(error: ServonautError): ErrorJson {
  return {
    error: {
      code: error.code,
      message: error.message,
      next_step: operatorStep(error),
      retryable: error.retryable,
      ...(Object.keys(error.facts).length > 0 && { facts: error.facts }),
    },
  };
}

/** Exit code of the table. */
export function exitCodeOf(error: ServonautError): number {
  return errorRow(error.code).exit;
}
