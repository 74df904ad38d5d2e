import type { Elevation } from './elevation.ts';
import type { RemoteRun } from './remote-run.ts';
import { askServer, within } from './side-command.ts';
import type { SshConnection } from './ssh-connection.ts';
import type { SshSettings } from './ssh-settings.ts';
import { STOP_ANSWER, stopCommand, stopDurationMs } from './stop-script.ts';

/** What the network and a busy server may add to the pauses of the stop script, in milliseconds. */
const STOP_MARGIN_MS = 5_000;
/** How long a channel may take to close after its processes are gone, in milliseconds. */
const CLOSE_MS = 1_000;

/** Why processes of a request may be left that could be found. */
export type StopFault = string;

interface StopJob {
  readonly requestId: string;
  readonly connection: SshConnection;
  readonly run: RemoteRun;
  readonly settings: SshSettings;
  /** Under which the request runs: nobody else may signal root's processes. */
  readonly elevation?: Elevation | undefined;
}

/** sudo that still waits for a password ends when none can come any more. */
async function stopWaiting(elevation: Elevation, run: RemoteRun): Promise<boolean> {
  if (elevation.hasStarted) return false;
  elevation.giveUp();
  return (await within(CLOSE_MS, run.ended)) !== undefined;
}

function askToStop({ connection, run, requestId, settings, elevation }: StopJob): Promise<string | undefined> {
  // The server may take so long to confirm the start, and as long to start the script.
  const windowMs = run.ageMs + 2 * settings.ssh_channel_timeout_ms;
  const script = stopCommand(requestId, windowMs, settings);
  const another = elevation?.another();
  const line = another?.line(undefined, script, 'empty', connection.loginShell) ?? script;
  return askServer(connection, line, stopDurationMs(settings) + STOP_MARGIN_MS, another);
}

/** For servers where processes cannot be listed, or that bear no second channel: the server itself signals the group. */
async function signalGroup({ run, settings }: StopJob): Promise<StopFault | undefined> {
  const stages = [
    ['INT', settings.ssh_interrupt_grace_ms],
    ['TERM', settings.ssh_terminate_grace_ms],
    ['KILL', CLOSE_MS],
  ] as const;
  for (const [name, grace] of stages) {
    run.signal(name);
    if (await within(grace, run.ended)) return 'only its process group could be signalled';
  }
  return 'its processes could not be signalled';
}

/**
 * Ends every process of a request on one server that can be found, children that left the process group included, by a second command on the same
 * connection. A connection on which that is not answered takes no new commands.
 * @returns nothing when none that can be found is left, otherwise why it is not known, or how many are
 */
export async function stopRemote(job: StopJob): Promise<StopFault | undefined> {
  const { connection, run, elevation } = job;
  if (elevation && (await stopWaiting(elevation, run))) return undefined;
  const said = await askToStop(job);
  const [, answer, left] = STOP_ANSWER.exec(said ?? '') ?? [];
  let fault: StopFault | undefined;
  if (answer === 'no-proc') fault = await signalGroup(job);
  else if (left !== undefined) fault = `${left} of its processes could not be stopped`;
  else if (answer !== 'stopped') fault = await signalGroup(job);
  if (said === undefined) connection.retire();
  if (!(await within(CLOSE_MS, run.ended))) {
    if (!run.isReported) fault ??= 'its first process was not found and may go on';
    run.abandon();
  }
  return fault;
}
