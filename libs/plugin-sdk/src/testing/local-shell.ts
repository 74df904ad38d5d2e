import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { WIRE_LIMITS } from '@servonaut/contracts';
import { plainText } from '../plain-output/index.ts';
import type { ExecOptions, ExecResult } from '../tool-context.ts';

type Child = ChildProcessByStdio<Writable, Readable, Readable>;

/** Runs commands on this machine. For tests: it holds the whole output in memory before it bounds it. */
export class LocalShell {
  readonly #shell: readonly [string, ...string[]];
  readonly #env: Readonly<Record<string, string>> | undefined;
  readonly #timeoutMs: number;

  constructor(
    shell: readonly [string, ...string[]],
    env: Readonly<Record<string, string>> | undefined,
    timeoutMs: number,
  ) {
    this.#shell = shell;
    this.#env = env;
    this.#timeoutMs = timeoutMs;
  }

  async run(command: string, signal: AbortSignal, options: ExecOptions): Promise<ExecResult> {
    signal.throwIfAborted();
    const startedAt = performance.now();
    const child = this.#start(command);
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    const end = AbortSignal.any([signal, timeout]);
    const stop = (): void => killGroup(child);
    end.addEventListener('abort', stop, { once: true });
    const [stdout, stderr, exit] = await Promise.all([
      collect(child.stdout),
      collect(child.stderr),
      ended(child),
      give(child, options.stdin),
    ]);
    end.removeEventListener('abort', stop);
    signal.throwIfAborted();
    const durationMs = performance.now() - startedAt;
    return {
      ...exit,
      ...outputs(stdout, stderr, options),
      timedOut: timeout.aborted,
      durationMs,
      timings: { connect: 0, exec: durationMs },
    };
  }

  /** In a process group of its own, so that stopping it stops its children. */
  #start(command: string): Child {
    const [program, ...args] = this.#shell;
    return spawn(program, [...args, '-c', command], {
      detached: true,
      stdio: 'pipe',
      ...(this.#env && { env: this.#env }),
    });
  }
}

/** The shell itself may be gone while a child of it still holds the output open. */
function killGroup(child: Child): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** A process may end without reading its stdin; that is its right (EPIPE). */
async function give(child: Child, stdin: ExecOptions['stdin']): Promise<void> {
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(stdin ?? '');
}

async function ended(child: Child): Promise<Pick<ExecResult, 'exitCode' | 'signal'>> {
  const [exitCode, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { exitCode, signal: signal?.slice('SIG'.length) ?? null };
}

async function collect(stream: Readable): Promise<Buffer> {
  return Buffer.concat(await stream.toArray());
}

function outputs(
  stdout: Buffer,
  stderr: Buffer,
  { maxOutput = WIRE_LIMITS.outputLength, raw = false }: ExecOptions,
): Omit<ExecResult, 'exitCode' | 'signal' | 'timedOut' | 'durationMs' | 'timings'> {
  const binary = stdout.includes(0);
  const [out = '', err = ''] = binary
    ? []
    : [stdout, stderr].map((bytes) => (raw ? bytes.toString() : plainText(bytes)));
  return {
    stdout: headAndTail(out, maxOutput),
    stderr: headAndTail(err, maxOutput),
    stdoutBytes: stdout.length,
    stderrBytes: stderr.length,
    truncated: Math.max(out.length, err.length) > maxOutput,
    binary,
  };
}

function headAndTail(text: string, most: number): string {
  if (text.length <= most) return text;
  const head = Math.floor(most / 2);
  return text.slice(0, head) + text.slice(text.length - (most - head));
}
