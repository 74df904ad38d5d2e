import { spawn, type ChildProcess } from 'node:child_process';
import { operatorsVariables } from '../session/environment.ts';

/** What is still on its way to us when ssh has ended may take this long, in milliseconds, where a command that it ran holds stderr open. */
const DRAIN_MS = 200;

export interface SshAnswer {
  /** Null when it did not end in time. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString('utf8');
}

/** With the commands of `Match exec` that it waits for. */
function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // It has just ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Runs ssh(1) in a process group of its own, without a terminal, for at most `timeoutMs`, and until `signal` aborts.
 * @returns nothing when there is no such program
 */
export function runSsh(
  program: string,
  args: readonly string[],
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<SshAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const env = operatorsVariables();
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true, env });
    const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
    const kill = () => killGroup(child);
    const timer = setTimeout(kill, timeoutMs);
    signal?.addEventListener('abort', kill);
    if (signal?.aborted) kill();
    const ended = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', kill);
    };
    child.once('error', (error: NodeJS.ErrnoException) => {
      ended();
      if (error.code === 'ENOENT') resolve(undefined);
      else reject(error);
    });
    child.once('exit', (exitCode) => {
      ended();
      const answer = () => {
        clearTimeout(drained);
        child.stderr.destroy();
        resolve({ exitCode, stdout: stdout(), stderr: stderr() });
      };
      const drained = setTimeout(answer, DRAIN_MS);
      child.once('close', answer);
    });
  });
}
