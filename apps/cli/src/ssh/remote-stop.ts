import { setTimeout as delay } from 'node:timers/promises';
import { RemoteRun, type RemoteRunEnd } from './remote-run.ts';
import { STOP_ANSWER, stopCommand, stopDurationMs } from './remote-command.ts';
import type { SshConnection } from './ssh-connection.ts';
import type { SshSettings } from './ssh-settings.ts';

/** What the network and a busy server may add to the pauses of the stop script, in milliseconds. */
const STOP_MARGIN_MS = 5_000;
/** How long a channel may take to close after its processes are gone, in milliseconds. */
const CLOSE_MS = 500;
const ANSWER_LENGTH = 4_096;

/** Why it is not certain that every process of a request is gone. */
export type StopFault = string;

interface StopJob {
  readonly requestId: string;
  readonly connection: SshConnection;
  readonly run: RemoteRun;
  readonly settings: SshSettings;
}

async function within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value | undefined> {
  const timer = new AbortController();
  const late = delay(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** The stop script's answer; undefined when the server took no further channel or did not answer in time. */
async function askToStop({ requestId, connection, settings }: StopJob): Promise<RemoteRunEnd | undefined> {
  const options = { maxOutput: ANSWER_LENGTH, lingerMs: 0, stdin: undefined, onOutput: undefined };
  const asked = connection
    .open(stopCommand(requestId, settings), (channel) => new RemoteRun(channel, options))
    .then(
      (run) => run.ended,
      () => undefined,
    );
  return within(stopDurationMs(settings) + STOP_MARGIN_MS, asked);
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
 * Ends every process of a request on one server, children that left the process group included, by a second command on the same connection.
 * A connection on which that is not answered takes no new commands.
 * @returns nothing when it is certain that none is left, otherwise why it is not
 */
export async function stopRemote(job: StopJob): Promise<StopFault | undefined> {
  const ended = await askToStop(job);
  const [, answer, left] = STOP_ANSWER.exec(ended?.stdout.text ?? '') ?? [];
  let fault: StopFault | undefined;
  if (answer === 'no-proc') fault = await signalGroup(job);
  else if (left !== undefined) fault = `${left} of its processes could not be stopped`;
  else if (answer !== 'stopped') fault = await signalGroup(job);
  if (answer === undefined && ended === undefined) job.connection.retire();
  if (!(await within(CLOSE_MS, job.run.ended))) job.run.abandon();
  return fault;
}
