import { ServonautError } from '@servonaut/contracts';
import { sh } from '../shell/sh.ts';
import type { ExecResult, ToolContext } from '../tool-context.ts';
import type { HostFacts } from './host-facts.ts';
import { parseHostFacts, sectionsOf } from './parse.ts';
import { HOST_FACTS_SCRIPT } from './script.ts';

/** How a server is, also when it cannot be reached: that is an answer and no failure. */
export type HostStatus =
  | {
      readonly reachable: false;
      /** An error code, and in words with what to do about it. */
      readonly reason: string;
      readonly message: string;
    }
  | {
      readonly reachable: true;
      /** From the call to the answer of the server, a new connection included. */
      readonly latencyMs: number;
      /** The part of it that connecting took; 0 when a connection was open. */
      readonly connectMs: number;
      readonly facts: HostFacts;
      /** Names of services that ended when they should not have; null where neither systemd nor OpenRC runs them. */
      readonly failedUnits: readonly string[] | null;
    };

/** `is-system-running` would answer "offline" in a container. The figures come last, since their script ends with `exit`. */
const STATUS_SCRIPT = sh`if [ -d /run/systemd/system ] && command -v systemctl >/dev/null 2>&1; then
  echo '[failed]'; systemctl list-units --state=failed --no-legend --plain --no-pager 2>/dev/null
elif command -v rc-status >/dev/null 2>&1; then
  echo '[failed]'; rc-status --crashed 2>/dev/null
fi
${HOST_FACTS_SCRIPT}`;

/** What says that a server cannot be reached, rather than that the call itself went wrong. */
const NOT_REACHED = new Set([
  'server_unreachable',
  'connect_timeout',
  'connection_lost',
  'host_key_unknown',
  'host_key_changed',
  'ssh_auth_failed',
  'ssh_config_unsupported',
]);

/** Asks a server for its figures and its failed services, in one command that reads only. */
export async function hostStatus(context: Pick<ToolContext, 'exec'>): Promise<HostStatus> {
  try {
    return statusOf(await context.exec(STATUS_SCRIPT));
  } catch (error) {
    if (error instanceof ServonautError && NOT_REACHED.has(error.code))
      return unreachable(error.code, `${error.message} ${error.nextStep}`);
    throw error;
  }
}

/** A server that takes the connection and then does not answer is not reachable either. */
function statusOf(exec: ExecResult): HostStatus {
  if (exec.timedOut)
    return unreachable(
      'timed_out',
      'The server accepted the connection and did not answer in time. It may be overloaded.',
    );
  if (exec.exitCode !== 0)
    return unreachable(
      'tool_failed',
      `The server accepted the connection and could not run a shell: ${exec.stderr.trim() || `exit code ${exec.exitCode}`}`,
    );
  return {
    reachable: true,
    latencyMs: Math.round(exec.durationMs),
    connectMs: Math.round(exec.timings['connect'] ?? 0),
    facts: parseHostFacts(exec.stdout),
    failedUnits: sectionsOf(exec.stdout).get('failed')?.map(firstWord) ?? null,
  };
}

function unreachable(reason: string, message: string): HostStatus {
  return { reachable: false, reason, message };
}

function firstWord(line: string): string {
  return line.split(/\s/, 1)[0] ?? '';
}
