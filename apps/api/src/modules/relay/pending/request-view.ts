import { errorRow, type AgentError, type CommandResult, type ErrorCode } from '@servonaut/contracts';
import type { RequestView } from '../relay-call.ts';
import { isWaiting, type RequestRecord } from './request-record.ts';

/** The record as an agent may see it: nothing of the executor, the node or the message. */
export function toRequestView(record: RequestRecord): RequestView {
  const error = errorOf(record);
  const mayRun = mayRunUntil(record);
  return {
    requestId: record.requestId,
    userId: record.userId,
    principal: record.principal,
    ...(record.delegation && { delegation: record.delegation }),
    tool: record.tool,
    server: record.server,
    state: record.state,
    ...(isWaiting(record) && { approvalUntil: new Date(record.approvalUntil).toISOString() }),
    createdAt: new Date(record.createdAt).toISOString(),
    ...(record.outcome && { outcome: record.outcome }),
    ...(record.result && { result: record.result }),
    ...(error && { error }),
    ...(mayRun && { mayRun }),
    ...(record.startedAt !== null && { startedAt: new Date(record.startedAt).toISOString() }),
    ...(record.finishedAt !== null && { finishedAt: new Date(record.finishedAt).toISOString() }),
  };
}

const SILENT_WHILE_WAITING =
  'Its executor fell silent while it waited for the approval of the operator: as far as is known, nothing of it has run. It is stopped should it begin.';

function mayRunUntil({ state, outcome, result, acknowledges }: RequestRecord): RequestView['mayRun'] {
  if (state !== 'finished' || result || outcome === 'not_delivered') return undefined;
  return acknowledges ? 'until_stopped' : 'until_over';
}

function errorOf(record: RequestRecord): AgentError | undefined {
  const { reason, result } = record;
  if (reason) return agentError(reason, sentenceOf(reason, record));
  const code = result ? codeOf(result) : undefined;
  if (!result || !code) return undefined;
  const { error_message: message, rule, policy } = result;
  const facts = rule === undefined ? undefined : { rule, ...(policy && { class: policy.class }) };
  return agentError(code, message ?? undefined, facts);
}

/** Of what nobody knows the end of, at least the beginning. */
function sentenceOf(reason: ErrorCode, { startedAt, approvalUntil }: RequestRecord): string | undefined {
  if (reason !== 'outcome_unknown') return undefined;
  if (startedAt === null) return approvalUntil === null ? undefined : SILENT_WHILE_WAITING;
  return `${errorRow(reason).sentence} It had begun by ${new Date(startedAt).toISOString()}.`;
}

/** A command that ran and exited non-zero is no error of ours, so it has no code. */
function codeOf({ status, error_code, exit_code, error_message }: CommandResult): ErrorCode | undefined {
  if (error_code) return error_code;
  if (status === 'rejected') return 'policy_denied';
  if (status === 'timeout') return 'timed_out';
  // An older executor reports no exit code, only a message.
  return status === 'error' && typeof exit_code !== 'number' && error_message ? 'tool_failed' : undefined;
}

function agentError(code: ErrorCode, message?: string, facts?: Record<string, unknown>): AgentError {
  const { sentence, nextStep, retryable } = errorRow(code);
  return { code, message: message ?? sentence, next_step: nextStep, retryable, ...(facts && { facts }) };
}
