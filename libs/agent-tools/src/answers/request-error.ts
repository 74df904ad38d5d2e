import {
  errorRow,
  ServonautError,
  type AgentError,
  type CommandResult,
  type ErrorCode,
  type Outcome,
} from '@servonaut/contracts';
import type { ShownRequest } from '../shown-request.ts';

/** What an outcome means when neither the relay nor the executor has said anything more exact. */
const CODE_OF_OUTCOME: Record<Exclude<Outcome, 'succeeded'>, ErrorCode> = {
  failed: 'tool_failed',
  rejected: 'policy_denied',
  timed_out: 'timed_out',
  cancelled: 'request_cancelled',
  not_delivered: 'not_delivered',
  unknown: 'outcome_unknown',
};

/** The error as an agent sees it. The private detail stays behind. */
export function toAgentError(error: ServonautError): AgentError {
  const { code, message, nextStep, retryable, facts } = error;
  return {
    code,
    message,
    next_step: nextStep,
    retryable,
    ...(Object.keys(facts).length > 0 && { facts: { ...facts } }),
  };
}

/**
 * Why the request did not do what was asked; undefined while it is pending, and for a command that ran, whatever its exit code: a
 * non-zero exit is an answer.
 */
export function errorOf({ outcome, error, result }: ShownRequest): AgentError | undefined {
  if (outcome === undefined || outcome === 'succeeded') return undefined;
  if (error !== undefined) return error;
  if (outcome === 'failed' && result && ranToItsEnd(result)) return undefined;
  const code = result?.error_code ?? CODE_OF_OUTCOME[outcome];
  const { sentence, nextStep, retryable } = errorRow(code);
  return { code, message: result?.error_message || sentence, next_step: nextStep, retryable };
}

function ranToItsEnd({ error_code: code, exit_code: exitCode, signal }: CommandResult): boolean {
  return code === undefined && (typeof exitCode === 'number' || typeof signal === 'string');
}
