import type { CommandResult, ResultStatus } from './command-result.ts';
import type { ErrorCode } from './error-codes.ts';
import type { Outcome } from './tool-answer.ts';

const BY_STATUS: Readonly<Record<ResultStatus, Outcome>> = {
  success: 'succeeded',
  error: 'failed',
  timeout: 'timed_out',
  rejected: 'rejected',
};

/** Codes that say more than the status: an executor that does not know whether the command ran must not pass as `failed`. */
const BY_CODE: Partial<Readonly<Record<ErrorCode, Outcome>>> = {
  request_cancelled: 'cancelled',
  outcome_unknown: 'unknown',
  connection_lost: 'unknown',
};

/** What the agent is told of a result. */
export function outcomeOf(result: CommandResult): Outcome {
  const { status, error_code: code } = result;
  if (status === 'success' || code === undefined) return BY_STATUS[status];
  // What ran when the operator paused was stopped by that; what came later never began.
  if (code === 'executor_paused') return status === 'rejected' ? 'rejected' : 'cancelled';
  // Refused, it never began; otherwise it had begun when it was told that it was too late.
  if (code === 'request_expired') return status === 'rejected' ? 'not_delivered' : 'cancelled';
  return BY_CODE[code] ?? BY_STATUS[status];
}
