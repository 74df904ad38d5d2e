import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Starts each command as a shell of its own. For Node, which is large, to start it would take as long as several of them. */
const DRIVER = `while IFS= read -r at; do "$@" "$at/command" <"$at/stdin" >"$at/stdout" 2>"$at/stderr"; echo "$?"; done`;

export interface ShellWorkerOptions {
  /** What reads a command, given the path of a file with it. */
  readonly shell: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  /** Where commands begin. */
  readonly cwd: string;
  /** For files of its own. */
  readonly scratch: string;
}

export interface ShellEnd {
  readonly exitCode: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Runs commands in real shells, one after the other, some hundreds a second. */
export class ShellWorker {
  readonly #driver: ChildProcessWithoutNullStreams;
  readonly #codes: AsyncIterator<string>;
  readonly #scratch: string;
  #last: Promise<unknown> = Promise.resolve();

  constructor({ shell, env, cwd, scratch }: ShellWorkerOptions) {
    mkdirSync(scratch, { recursive: true });
    this.#scratch = scratch;
    this.#driver = spawn('/bin/sh', ['-c', DRIVER, 'sh', ...shell], { cwd, env });
    this.#codes = createInterface({ input: this.#driver.stdout })[Symbol.asyncIterator]();
  }

  run(command: string, stdin: string | Uint8Array): Promise<ShellEnd> {
    const running = this.#last.then(() => this.#run(command, stdin));
    this.#last = running.catch(() => undefined);
    return running;
  }

  async close(): Promise<void> {
    this.#driver.stdin.end();
    if (this.#driver.exitCode === null) await once(this.#driver, 'exit');
  }

  async #run(command: string, stdin: string | Uint8Array): Promise<ShellEnd> {
    if (command.includes('\0')) throw new Error('A tool gave a command with NUL in it.');
    writeFileSync(this.#file('command'), command);
    writeFileSync(this.#file('stdin'), stdin);
    this.#driver.stdin.write(`${this.#scratch}\n`);
    const { value: code } = (await this.#codes.next()) as { value: string | undefined };
    if (code === undefined) throw new Error('The shell that starts the others has ended.');
    const [stdout, stderr] = ['stdout', 'stderr'].map((name) => readFileSync(this.#file(name))) as [Buffer, Buffer];
    return { exitCode: Number(code), stdout, stderr };
  }

  #file(name: string): string {
    return join(this.#scratch, name);
  }
}
