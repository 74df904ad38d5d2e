import { constants } from 'node:os';
import { errorRow, ServonautError, type CommandResult, type ErrorCode } from '@servonaut/contracts';

/** What a result that has no error code of its own says by its status. */
const CODE_OF_STATUS = {
  timeout: 'timed_out',
  rejected: 'policy_denied',
  error: 'tool_failed',
} as const satisfies Record<string, ErrorCode>;

/** A process that ended by a signal exits with this plus the signal's number, as a shell says it. */
const SIGNAL_BASE = 128;

/** Why Servonaut could not run the tool, or undefined when it ran: a command that exits non-zero did run. */
export function resultError(result: CommandResult): ServonautError | undefined {
  if (
    result.status === 'success' ||
    (result.status === 'error' && result.error_code === undefined && processEnded(result))
  )
    return undefined;
  const code = result.error_code ?? CODE_OF_STATUS[result.status];
  return new ServonautError(code, result.error_message === null ? {} : { message: result.error_message });
}

/** Exit code of the remote process, or of the error table when there is none to pass on. */
export function exitCodeOf(result: CommandResult): number {
  const error = resultError(result);
  if (error) return errorRow(error.code).exit;
  if (result.signal) return SIGNAL_BASE + (constants.signals[`SIG${result.signal}` as NodeJS.Signals] ?? 0);
  return result.exit_code ?? 0;
}

/**
 * What a process wrote goes out to the byte. Where none wrote anything the tool's own text does, with the line end that a terminal wants:
 * `output` of a process is its stdout and stderr again.
 */
export function printResult(
  result: CommandResult,
  server: string | null,
  stdout: NodeJS.WritableStream,
  stderr: NodeJS.WritableStream,
): void {
  const { stdout: out = '', stderr: err = '', output } = result;
  if (out || err) {
    stdout.write(out);
    stderr.write(err);
  } else if (output) stdout.write(output.endsWith('\n') ? output : `${output}\n`);
  for (const note of notes(result, server)) stderr.write(`servonaut: ${note}\n`);
}

function processEnded(result: CommandResult): boolean {
  return typeof result.exit_code === 'number' || Boolean(result.signal);
}

function notes(result: CommandResult, server: string | null): string[] {
  const { truncated, output_kept: isKept, binary, stdout_bytes: out = 0, stderr_bytes: err = 0 } = result;
  const sizes = `${out} bytes of stdout and ${err} of stderr`;
  return [
    ...(truncated ? [`the middle of the output is left out (${sizes} in all)`] : []),
    ...(truncated && isKept ? [`read it with: servonaut read-output ${server} --request-id ${result.request_id}`] : []),
    ...(binary ? [`the output is not text and not shown (${sizes})`] : []),
  ];
}
