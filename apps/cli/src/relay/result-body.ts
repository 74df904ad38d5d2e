import { commandResultSchema, ServonautError, WIRE_LIMITS, type CommandResultInput } from '@servonaut/contracts';
import type { InterruptedRequest } from '../journal/journal.ts';
import { AUDIT_HASH_BYTES, type CallAudit, type RecordedCall } from '../local-audit/call-audit.ts';
import { requestMark } from '../ssh/remote-command.ts';

/** The result of a request that was not run, or of which it is not known whether it ran. */
export function refusedResult(
  requestId: string,
  status: 'rejected' | 'error',
  error: ServonautError,
): CommandResultInput {
  return {
    request_id: requestId,
    status,
    output: '',
    error_message: error.message,
    execution_time_ms: 0,
    error_code: error.code,
  };
}

/**
 * The coordinator reads `outcome_unknown` as the outcome `unknown`, which is what it is.
 * @param isOutputKept whether `read_output` can show what it wrote, of which nothing is in the result
 */
export function interruptedResult(interrupted: InterruptedRequest, isOutputKept: boolean): CommandResultInput {
  const { requestId, executorId, tool, server, startedAt } = interrupted;
  const [where, left] = server === null ? ['', ''] : [` on ${server}`, whatIsLeft(requestId)];
  const message =
    `The executor ended without warning while ${tool} ran${where}; it had begun at ${new Date(startedAt).toISOString()}. ` +
    `It may or may not have run to its end.${left} It is not run again.`;
  const unknown = refusedResult(requestId, 'error', new ServonautError('outcome_unknown', { message }));
  return { ...unknown, executor_id: executorId, ...(isOutputKept && { truncated: true, output_kept: true }) };
}

/** As after `ssh HOST COMMAND` when ssh is killed. */
function whatIsLeft(requestId: string): string {
  return ` What it started there may still run, with ${requestMark(requestId)} in its environment.`;
}

/** Of a request that a journal would have to know which may lack something. */
export function mayHaveBegun(): ServonautError {
  return new ServonautError('outcome_unknown', {
    message:
      'The executor is back after its machine went down, or its journal was damaged, and cannot tell whether it had begun this request before. It is not run now.',
  });
}

/**
 * What a file of the operator is called and what is wrong in it is theirs to know: they are told it here, whatever part of ours or of a plugin has said it.
 */
const CONFIG_FAULT =
  'Something in the configuration of the machine that was to run this is not valid. Its operator is told there what it is, and has to correct it.';

function told(result: CommandResultInput): CommandResultInput {
  return result.error_code === 'config_invalid' ? { ...result, error_message: CONFIG_FAULT } : result;
}

/**
 * JSON of a result as it is journalled and posted, recorded in the audit of this machine. One that the coordinator would not take, such as a
 * plugin's data of many megabytes, is replaced by one that says so: the agent must learn that the request has ended.
 */
export function resultBody(whole: CommandResultInput, call: RecordedCall, audit: CallAudit): string {
  const result = told(whole);
  const body = JSON.stringify(result);
  const mostBytes = WIRE_LIMITS.bodyBytes - AUDIT_HASH_BYTES;
  const fits = body.length <= mostBytes && Buffer.byteLength(body) <= mostBytes;
  if (fits && commandResultSchema.safeParse(result).success) return audit.recordEnd(call, result, body);
  const message = fits
    ? 'The tool ran, but answered in a shape that cannot be sent.'
    : 'The tool ran, but its answer is too large to be sent.';
  const { request_id, executor_id, execution_time_ms } = result;
  const instead = {
    ...refusedResult(request_id, 'error', new ServonautError('tool_failed', { message })),
    executor_id,
    execution_time_ms,
  };
  return audit.recordEnd(call, instead, JSON.stringify(instead));
}
