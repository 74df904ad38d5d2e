import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { atTheEnd } from './end-guard.ts';
import { waitFor } from './wait-for.ts';

export interface ProcessOptions {
  readonly command: string;
  readonly args?: readonly string[];
  /** Added to the environment of the test; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The line, of stdout or stderr, with which the process says that it is ready. Without it, being started is enough. */
  readonly ready?: RegExp | ((line: string) => boolean);
  /** Bound for `ready`, in milliseconds. */
  readonly readyTimeoutMs?: number;
  /** Written to stdin, which is then closed. */
  readonly stdin?: string;
  /** Whom to run as; only root can choose. */
  readonly account?: { readonly uid: number; readonly gid: number };
}

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A child process in a group of its own, which ends with the test process. */
export interface TestProcess {
  readonly pid: number;
  /** Lines so far, without line ends. */
  readonly stdout: readonly string[];
  readonly stderr: readonly string[];
  /** Both streams, in the order in which the lines arrived. */
  output(): string;
  /** Resolves with the first line, past or to come, of either stream that matches. */
  waitForLine(pattern: RegExp, timeoutMs?: number): Promise<RegExpMatchArray>;
  /** Signals the whole process group. Does nothing once the process has ended. */
  kill(signal?: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL after `graceMs`; resolves when the process has ended. */
  stop(graceMs?: number): Promise<ProcessEnd>;
  /** Resolves when the process has ended and its last line is in. */
  readonly exited: Promise<ProcessEnd>;
}

/** @throws Error with the output, when the process ends or `readyTimeoutMs` passes before it is ready. */
export async function startProcess(options: ProcessOptions): Promise<TestProcess> {
  const started = new StartedProcess(await spawnGroup(options));
  try {
    await started.becomeReady(options);
  } catch (error) {
    started.kill('SIGKILL');
    throw error;
  }
  return started;
}

function spawnGroup({ command, args = [], env, cwd, stdin, account }: ProcessOptions): Promise<ChildProcess> {
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    ...account,
  });
  // A child that ends without reading its stdin is no failure of the test; its exit tells what happened.
  child.stdin.on('error', () => child.stdin.destroy());
  child.stdin.end(stdin);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve(child));
  });
}

/** "close" comes after the last line, but waits for every process that has inherited the pipes; those get half a second. */
function endOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('exit', (code, signal) => setTimeout(resolve, 500, { code, signal }).unref());
  });
}

class StartedProcess implements TestProcess {
  readonly pid: number;
  readonly stdout: string[] = [];
  readonly stderr: string[] = [];
  readonly exited: Promise<ProcessEnd>;
  readonly #lines: string[] = [];
  #ended = false;
  /** Ended, and no further line will come. */
  #complete = false;

  constructor(child: ChildProcess) {
    this.pid = child.pid as number;
    const guard = atTheEnd('kill -s KILL -- "-$1"', String(this.pid));
    this.#collect(child.stdout as Readable, this.stdout);
    this.#collect(child.stderr as Readable, this.stderr);
    child.once('exit', () => {
      this.#ended = true;
      guard.callOff();
    });
    this.exited = endOf(child);
    void this.exited.then(() => (this.#complete = true));
  }

  #collect(stream: Readable, into: string[]): void {
    createInterface({ input: stream, crlfDelay: Infinity }).on('line', (line) => {
      into.push(line);
      this.#lines.push(line);
    });
  }

  async becomeReady({ ready, readyTimeoutMs = 20_000, command }: ProcessOptions): Promise<void> {
    if (!ready) return;
    const isReady = ready instanceof RegExp ? (line: string): boolean => ready.test(line) : ready;
    await this.#firstLine(isReady, `${command} to be ready`, readyTimeoutMs);
  }

  output(): string {
    return this.#lines.join('\n');
  }

  async waitForLine(pattern: RegExp, timeoutMs = 10_000): Promise<RegExpMatchArray> {
    const line = await this.#firstLine((each) => pattern.test(each), `a line like ${pattern}`, timeoutMs);
    return line.match(pattern) as RegExpMatchArray;
  }

  async #firstLine(matches: (line: string) => boolean, what: string, timeoutMs: number): Promise<string> {
    const find = (): string | undefined => this.#lines.find(matches);
    await waitFor(() => find() !== undefined || this.#complete, { what, timeoutMs }).catch((cause: unknown) => {
      throw new Error(`waited ${timeoutMs} ms for ${what}; output so far:\n${this.output()}`, { cause });
    });
    const line = find();
    if (line !== undefined) return line;
    const { code, signal } = await this.exited;
    throw new Error(`ended (${signal ?? code}) before ${what}; output:\n${this.output()}`);
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): void {
    if (this.#ended) return;
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      // Ended, and not yet reaped.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async stop(graceMs = 5_000): Promise<ProcessEnd> {
    this.kill('SIGTERM');
    const patience = new AbortController();
    const killer = delay(graceMs, 'late', { signal: patience.signal }).catch(() => 'called off');
    if ((await Promise.race([this.exited, killer])) === 'late') this.kill('SIGKILL');
    patience.abort();
    return this.exited;
  }
}
