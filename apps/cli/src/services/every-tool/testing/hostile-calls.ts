import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyTool, ExecOptions, ExecResult, ToolContext } from '@servonaut/plugin-sdk';
import { localContext } from '@servonaut/plugin-sdk/testing';
import { EXAMPLE_INSTANCES, KEPT_REQUEST, writeExampleFiles, writeExampleJob } from './example-calls.ts';
import type { HostilePlace } from './hostile-places.ts';
import { ShellWorker, type ShellEnd } from './shell-worker.ts';
import { withTextAt, type TextPlace } from './text-place.ts';

/** The program that is run only by what should have been quoted. It needs no path, so that hostile strings are no deeper than their escape. */
export const CANARY = 'canary';
/** What some hostile strings write to. */
const LEFT_BY_REDIRECTION = 'RAN';
/** Programs that few build machines have, and tools call where they are there: each says what it was called with. */
const PROGRAMS = ['docker', 'podman', 'kubectl', 'journalctl', 'systemctl', 'rc-service', 'rc-update', 'service'];

/** How many calls came how far. */
export interface HostileCount {
  calls: number;
  /** By the schema of the tool. They are made all the same, as if it had let them through. */
  refusedBySchema: number;
  /** Before any command was given. */
  refusedByCode: number;
  /** That gave the same commands as the example, or none. */
  withoutText: number;
  /** That gave a shell commands of which the string is a part. */
  reachedShell: number;
}

export interface Executed {
  readonly tool: string;
  readonly place: string;
  readonly text: string;
}

/** What has become of commands, by their text and their input. */
type Ran = Map<string, ShellEnd>;

export interface Userland {
  readonly name: string;
  readonly shell: readonly [string, ...string[]];
  readonly path: string;
  /** Of two that share the strings. */
  readonly isSecond: boolean;
}

/** A shell and a folder of its own in which hostile calls are made, one after the other. */
export class HostileCaller {
  readonly count: HostileCount = { calls: 0, refusedBySchema: 0, refusedByCode: 0, withoutText: 0, reachedShell: 0 };
  readonly executed: Executed[] = [];
  readonly folder: string;
  readonly #trap: string;
  readonly #work: string;
  readonly #worker: ShellWorker;

  constructor(folder: string, { shell, path }: Pick<Userland, 'shell' | 'path'>) {
    const programs = join(folder, 'programs');
    this.folder = folder;
    this.#trap = join(folder, 'executed');
    this.#work = join(folder, 'work');
    for (const each of [programs, this.#work]) mkdirSync(each, { recursive: true });
    writeFileSync(join(programs, CANARY), `#!/bin/sh\n: >'${this.#trap}'\n`, { mode: 0o755 });
    for (const name of PROGRAMS)
      writeFileSync(join(programs, name), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
    const env = { PATH: `${programs}:${path}`, HOME: this.#work };
    this.#worker = new ShellWorker({ shell, env, cwd: this.#work, scratch: join(folder, 'scratch') });
  }

  /** Calls the tool with each of the strings in that place, whether or not its schema would refuse them. */
  async try({ tool, input, place }: HostilePlace, strings: readonly string[]): Promise<void> {
    writeExampleFiles(this.folder);
    writeExampleJob(this.#work);
    const usual: Ran = new Map();
    const isAnswered = await this.#call(tool, input, usual, new Map());
    if ((!isAnswered && tool.target === 'server') || existsSync(this.#trap))
      throw new Error(`${tool.name} does not answer ${JSON.stringify(input)}.`);
    for (const text of strings) {
      // There may be only so many.
      if (tool.effect !== 'read-only') writeExampleJob(this.#work);
      const hostile = withTextAt(input, place.path, text) as object;
      const given: Ran = new Map();
      const isTaken = await this.#call(tool, hostile, given, usual);
      this.count.calls++;
      if (!tool.input.safeParse(hostile).success) this.count.refusedBySchema++;
      if ([...given.keys()].some((command) => !usual.has(command))) this.count.reachedShell++;
      else this.count[isTaken ? 'withoutText' : 'refusedByCode']++;
      this.#look(tool, place, text);
    }
    this.#lookForFiles(tool, place);
  }

  async close(): Promise<void> {
    await this.#worker.close();
    if (existsSync(this.#trap)) this.executed.push({ tool: 'one of them', place: 'in the background', text: '' });
  }

  /** @returns whether the tool answered, rather than refused */
  async #call(tool: AnyTool, input: object, ran: Ran, known: Ran): Promise<boolean> {
    const context = this.#context(ran, tool.effect === 'read-only' ? known : new Map());
    try {
      await tool.preview?.(input, context).catch(() => undefined);
      await tool.run(input, context);
      return true;
    } catch {
      return false;
    }
  }

  /** A command that only reads and is the same to the byte as one that has run is not run again. */
  #context(ran: Ran, known: Ran): ToolContext {
    const kept = Buffer.from('what was kept\n');
    const context = localContext({
      server: { name: 'web-1', labels: {} },
      folder: this.#work,
      transferFolder: join(this.folder, 'transfers'),
      instances: EXAMPLE_INSTANCES,
      outputs: { [KEPT_REQUEST]: { stdout: kept, stderr: kept } },
    });
    const exec: ToolContext['exec'] = async ({ text }, { stdin = '', consume } = {}) => {
      const given = await whole(stdin);
      const key = `${text}\0${Buffer.from(given).toString('latin1')}`;
      const end = known.get(key) ?? (await this.#worker.run(text, given));
      ran.set(key, end);
      await consume?.(end.stdout);
      return execResult(end, consume !== undefined);
    };
    return Object.create(context, { exec: { value: exec } }) as ToolContext;
  }

  #look(tool: AnyTool, { name }: TextPlace, text: string): void {
    if (!existsSync(this.#trap)) return;
    rmSync(this.#trap);
    this.executed.push({ tool: tool.name, place: name, text });
  }

  #lookForFiles(tool: AnyTool, { name }: TextPlace): void {
    const all = readdirSync(this.folder, { recursive: true, withFileTypes: true });
    for (const file of all.filter((one) => one.name === LEFT_BY_REDIRECTION)) {
      rmSync(join(file.parentPath, file.name), { recursive: true });
      this.executed.push({ tool: tool.name, place: name, text: `>${join(file.parentPath, file.name)}` });
    }
  }
}

async function whole(stdin: NonNullable<ExecOptions['stdin']>): Promise<string | Uint8Array> {
  if (typeof stdin === 'string' || stdin instanceof Uint8Array) return stdin;
  const chunks: Uint8Array[] = [];
  for await (const chunk of stdin) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function execResult({ exitCode, stdout, stderr }: ShellEnd, isConsumed: boolean): ExecResult {
  const text = isConsumed ? '' : stdout.toString();
  const sizes = { stdoutBytes: stdout.length, stderrBytes: stderr.length, truncated: false };
  const end = { exitCode, signal: null, timedOut: false, durationMs: 1, timings: {} };
  return { ...end, ...sizes, stdout: text, stderr: stderr.toString(), binary: !isConsumed && stdout.includes(0) };
}
