import { setTimeout as delay } from 'node:timers/promises';
import type { Elevation } from './elevation.ts';
import { RemoteRun } from './remote-run.ts';
import type { SshConnection } from './ssh-connection.ts';

const ANSWER_LENGTH = 4_096;

/** What `promise` resolves to, or undefined when that takes longer than `milliseconds`. */
export async function within<Value>(milliseconds: number, promise: Promise<Value>): Promise<Value | undefined> {
  const timer = new AbortController();
  const late = delay(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/**
 * What a short command of our own, which belongs to no tool, prints to stdout; undefined when the server took no further channel or did not
 * answer in time.
 * @param elevation under which `line` runs
 */
export async function askServer(
  connection: SshConnection,
  line: string,
  timeoutMs: number,
  elevation?: Elevation,
): Promise<string | undefined> {
  const options = { maxOutput: ANSWER_LENGTH, lingerMs: 0, stdin: undefined, onOutput: undefined };
  let run: RemoteRun | undefined;
  const asked = connection
    .open(line, (channel) => (run = new RemoteRun(elevation?.over(channel) ?? channel, options)))
    .then(
      (started) => started.ended,
      () => undefined,
    );
  const ended = await within(timeoutMs, asked);
  if (!ended) run?.abandon();
  return ended?.stdout.text;
}
