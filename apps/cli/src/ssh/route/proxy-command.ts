import { spawn, type ChildProcess } from 'node:child_process';
import { ServonautError } from '@servonaut/contracts';
import { operatorsVariables, sshShell } from '../../session/environment.ts';
import { RouteStream } from './route-stream.ts';

/** How long a proxy may take to end once it has closed its output, and after TERM, in milliseconds. */
const END_MS = 500;

/** So much of the end of what a proxy says is kept for the detail of an error, in characters. */
const KEPT_COMPLAINT = 4_096;

/** The whole group: what the command has started is in it too, and may outlive it. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // Nobody is left.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Whoever is left once the command itself has ended is not waited for. */
function endGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), END_MS);
  if (child.exitCode !== null || child.signalCode !== null) timer.unref();
  else child.once('exit', () => timer.unref());
}

/** Collects the end of what a process writes to stderr. */
function complaintOf(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => (text = (text + chunk.toString('utf8')).slice(-KEPT_COMPLAINT)));
  return () => text.trim();
}

/**
 * Runs a `ProxyCommand` as ssh(1) runs it, in a process group of its own that ends with the stream. What it writes to stderr stays on this
 * machine, in the private detail of the error `server_unreachable` with which the stream ends when the command does.
 * @param name inventory name of the server, for errors
 * @param command with its tokens expanded
 */
export function openProxyCommand(name: string, command: string): RouteStream {
  const child = spawn(sshShell(), ['-c', `exec ${command}`], { detached: true, env: operatorsVariables() });
  const complaint = complaintOf(child);
  const end = (how: string, cause?: Error) => {
    const message = `${name} could not be reached: its ProxyCommand ${how}.`;
    stream.destroy(new ServonautError('server_unreachable', { message, detail: complaint(), cause }));
  };
  const stream = new RouteStream({
    readable: child.stdout,
    writable: child.stdin,
    // How it ended is worth more than that it said no more.
    onEnd: () => setTimeout(() => end('closed its output'), END_MS).unref(),
    onDestroy: () => endGroup(child),
  });
  child.once('error', (error) => end('could not be started', error));
  child.once('close', (code, signal) => end(`ended (${signal ?? code})`));
  return stream;
}
