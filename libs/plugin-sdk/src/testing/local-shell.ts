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
    const broken = new AbortController();
    broken.signal.addEventListener('abort', stop, { once: true });
    const breaks = (error: unknown): void => broken.abort(error);
    const [stdout, stderr, exit] = await Promise.all([
      options.consume ? consumed(child.stdout, options.consume, breaks) : collect(child.stdout),
      collect(child.stderr),
      ended(child),
      give(child, options.stdin).catch(breaks),
    ]);
    end.removeEventListener('abort', stop);
    signal.throwIfAborted();
    broken.signal.throwIfAborted();
    const durationMs = performance.now() - startedAt;
    const text = typeof stdout === 'number' ? Buffer.alloc(0) : stdout;
    return {
      ...exit,
      ...outputs(text, stderr, options),
      ...(typeof stdout === 'number' && { stdoutBytes: stdout }),
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

/** A process may end without reading its stdin; that is its right (EPIPE). What the source throws leaves it open. */
async function give({ stdin: to }: Child, stdin: ExecOptions['stdin'] = ''): Promise<void> {
  to.on('error', () => to.destroy());
  if (typeof stdin === 'string' || stdin instanceof Uint8Array) return void to.end(stdin);
  for await (const chunk of stdin) {
    if (to.destroyed) return;
    if (!to.write(chunk)) await room(to);
  }
  to.end();
}

function room(to: Writable): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      to.off('drain', go).off('close', go);
      resolve();
    };
    to.on('drain', go).on('close', go);
  });
}

/** @returns how many bytes there were */
async function consumed(
  stream: Readable,
  consume: NonNullable<ExecOptions['consume']>,
  breaks: (error: unknown) => void,
): Promise<number> {
  let bytes = 0;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      await consume(chunk);
    }
  } catch (error) {
    breaks(error);
  }
  return bytes;
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
