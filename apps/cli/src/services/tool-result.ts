import { WIRE_LIMITS, type CommandResultInput, type ErrorCode, type ServonautError } from '@servonaut/contracts';
import type { ExecResult, ToolReturn } from '@servonaut/plugin-sdk';
import type { PolicyDecision } from '../policy/policy.ts';
import { BrokenOff } from '../ssh/ssh-failure.ts';

/** How a call ended, before it is told to anybody. */
export interface ToolEnd {
  readonly requestId: string;
  readonly elapsedMs: number;
  /** Whether the tool was called. */
  readonly hasBegun: boolean;
  /** Whether any command of it has run. */
  readonly hasRun: boolean;
  /** Undefined for what came to no decision. */
  readonly decision: PolicyDecision | undefined;
  /** Milliseconds by hop, summed over the commands that the tool ran. */
  readonly timings: Readonly<Record<string, number>>;
}

/** Codes that say that the call was refused, also by the tool itself. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'unknown_tool',
  'unknown_server',
  'invalid_request',
  'payload_too_large',
  'policy_denied',
]);

const round = (milliseconds: number) => Math.round(milliseconds * 100) / 100;

function common({ requestId, elapsedMs, timings, decision }: ToolEnd) {
  const rounded = Object.entries(timings).map(([hop, milliseconds]) => [hop, round(milliseconds)] as const);
  return {
    request_id: requestId,
    execution_time_ms: round(elapsedMs),
    timings: Object.fromEntries(rounded),
    ...(decision && { policy: { class: decision.class, rule: decision.rule } }),
  };
}

/** A text as long as the wire takes it. */
export function bounded(text: string): string {
  const limit = WIRE_LIMITS.outputLength;
  return text.length <= limit
    ? text
    : `${text.slice(0, limit - 64)}\n[... ${text.length - limit + 64} characters left out ...]`;
}

function execFields(exec: ExecResult): Partial<CommandResultInput> {
  return {
    exit_code: exec.exitCode,
    signal: exec.signal,
    stdout: exec.stdout,
    stderr: exec.stderr,
    truncated: exec.truncated,
    ...(exec.kept !== undefined && { output_kept: exec.kept }),
    binary: exec.binary,
    stdout_bytes: exec.stdoutBytes,
    stderr_bytes: exec.stderrBytes,
  };
}

function execStatus(exec: ExecResult): Pick<CommandResultInput, 'status' | 'error_code' | 'error_message'> {
  if (exec.timedOut) {
    const stopped =
      exec.stopFault === undefined
        ? 'all of its processes that could be found were stopped'
        : `it may not have been stopped: ${exec.stopFault}`;
    const message = `The command did not end in time (${Math.round(exec.durationMs)} ms); ${stopped}.`;
    return { status: 'timeout', error_code: 'timed_out', error_message: message };
  }
  if (exec.exitCode === 0) return { status: 'success', error_message: null };
  if (exec.signal !== null)
    return { status: 'error', error_message: `The command was ended by signal ${exec.signal}.` };
  if (exec.exitCode === null)
    return { status: 'error', error_message: 'The server did not say how the command ended.' };
  return { status: 'error', error_message: `The command exited with code ${exec.exitCode}.` };
}

/** What a tool answered, as a command result, of any length: it is cut once it is known to hold no secret, since half of one is not known. */
export function answeredResult(answer: ToolReturn<Record<string, unknown>>, end: ToolEnd): CommandResultInput {
  const { exec, output, data } = answer;
  return {
    ...common(end),
    ...(exec ? execStatus(exec) : { status: 'success', error_message: null }),
    ...(exec && execFields(exec)),
    output: output === undefined ? (exec ? exec.stdout + exec.stderr : '') : output,
    ...(data && { data }),
  };
}

function failedStatus(code: ErrorCode, { hasBegun, hasRun }: ToolEnd): CommandResultInput['status'] {
  if (!hasBegun || (!hasRun && REFUSALS.has(code))) return 'rejected';
  return code === 'timed_out' ? 'timeout' : 'error';
}

/** Why a call came to nothing, as a command result, of any length. */
export function failedResult(error: ServonautError, end: ToolEnd): CommandResultInput {
  const rule = error.facts['rule'];
  const soFar = error instanceof BrokenOff ? error.soFar : undefined;
  return {
    ...common(end),
    ...(soFar && execFields(soFar)),
    status: failedStatus(error.code, end),
    output: soFar ? soFar.stdout + soFar.stderr : '',
    error_code: error.code,
    error_message: error.message,
    ...(typeof rule === 'string' && { rule }),
  };
}
