import type { CommandResult, ErrorCode, Outcome, ResultStatus } from '@servonaut/contracts';

const BY_STATUS: Readonly<Record<ResultStatus, Outcome>> = {
  success: 'succeeded',
  error: 'failed',
  timeout: 'timed_out',
  rejected: 'rejected',
};

/** Codes that say more than the status: an executor that does not know whether the command ran must not pass as `failed`. */
const BY_CODE: Partial<Readonly<Record<ErrorCode, Outcome>>> = {
  request_cancelled: 'cancelled',
  request_expired: 'not_delivered',
  outcome_unknown: 'unknown',
  connection_lost: 'unknown',
};

/** What the agent is told of a result. */
export function outcomeOf(result: CommandResult): Outcome {
  const byCode =
    result.status === 'success' || result.error_code === undefined ? undefined : BY_CODE[result.error_code];
  return byCode ?? BY_STATUS[result.status];
}
