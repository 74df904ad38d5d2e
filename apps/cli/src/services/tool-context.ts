import { createHash } from 'node:crypto';
import { canonicalJson, ServonautError, type ServerEntry } from '@servonaut/contracts';
import {
  rawShell,
  type ExecOptions,
  type ExecResult,
  type KeptOutputs,
  type CloudInstances,
  type ShellCommand,
  type ToolContext,
  type ToolLog,
  type ToolProgress,
} from '@servonaut/plugin-sdk';
import type { Sftp } from '@servonaut/plugin-sdk/sftp';
import { toServerEntry, type Server } from '../inventory/server.ts';
import type { OutputCaller } from '../output/kept-record.ts';
import type { OutputStore } from '../output/output-store.ts';
import { FoundCounts } from '../redaction/finding.ts';
import type { RedactionStream } from '../redaction/redaction-stream.ts';
import type { Redactor } from '../redaction/redactor.ts';
import type { ToolCall } from '../relay/tool-runner.ts';
import type { OutputKeeping } from '../ssh/output-keeping.ts';
import type { RemoteShell } from '../ssh/remote-shell.ts';
import type { AskedCall } from './asked-call.ts';
import { CallInstances } from './call-instances.ts';
import type { CommandCheck } from './command-check.ts';
import { GivenSecrets } from './given-secrets.ts';
import { heldSftp } from './held-sftp.ts';
import type { CleanOutput } from './redacted-result.ts';
import type { InstanceSources } from './source-instances.ts';
import { progressText, type ToolResources } from './tool-resources.ts';
import type { ToolLogLevel } from './tool-settings.ts';

export interface CallContextParts {
  /** One for the call, its preview included. */
  readonly given: GivenSecrets;
  readonly call: ToolCall;
  readonly asked: AskedCall;
  readonly check: CommandCheck;
  /** Those that the caller may know of. */
  readonly servers: readonly ServerEntry[];
  readonly shell: RemoteShell;
  readonly outputs: OutputStore;
  readonly redactor: Pick<Redactor, 'stream' | 'redact'>;
  readonly resources: ToolResources;
  readonly instances: InstanceSources;
  /** As `CallInstancesParts.checkMachine`. */
  readonly checkMachine: (machine: ServerEntry) => void;
  /** Nobody has agreed yet, and what it reads is no answer. */
  readonly isPreview: boolean;
  /** Aborts when the call is cancelled or its time is over. */
  readonly signal: AbortSignal;
  /** When the call's time is over, on the clock of `performance.now()`. */
  readonly endsAt: number;
}

/** Milliseconds between two words of how far a call is. */
const PROGRESS_MS = 250;

/** What one call of a tool may use. Every command of it runs until the end of the call's time at most. */
export class CallContext implements ToolContext, CleanOutput {
  readonly servers: readonly ServerEntry[];
  readonly signal: AbortSignal;
  /** Milliseconds by hop, summed over the commands so far. */
  readonly timings: Record<string, number> = {};
  /** Secrets that the tool has asked for. */
  readonly given: GivenSecrets;
  readonly #redactions = new FoundCounts();
  /** What has come out of the stream. */
  readonly #clean = new Set<string>();
  #hasRun = false;
  #instances: CloudInstances | undefined;
  /** On the clock of `performance.now()`. */
  #quietUntil = 0;
  readonly #parts: CallContextParts;
  readonly #keeping: (() => OutputKeeping) | undefined;

  constructor(parts: CallContextParts) {
    this.#parts = parts;
    this.given = parts.given;
    this.servers = parts.servers;
    this.signal = parts.signal;
    if (parts.asked.server && !parts.isPreview)
      this.#keeping = parts.outputs.keepingFor(parts.call.requestId, this.#caller);
  }

  get server(): ServerEntry {
    return toServerEntry(this.#target);
  }

  get caller(): string | undefined {
    const { principal } = this.#parts.call;
    return (
      principal &&
      createHash('sha256')
        .update(canonicalJson([principal.kind, principal.id]))
        .digest('hex')
    );
  }

  get outputs(): KeptOutputs {
    const { reader } = this.#parts.outputs;
    const caller = this.#caller;
    return { read: (requestId, stream, range) => reader.read(caller, requestId, stream, range) };
  }

  /** Whether any command has run. */
  get hasRun(): boolean {
    return this.#hasRun;
  }

  /** How many secrets of which kind were taken out of the output of its commands. */
  get redactions(): Readonly<Record<string, number>> {
    return this.#redactions.counts;
  }

  isClean(text: string): boolean {
    return this.#clean.has(text);
  }

  // Functions of their own, so that a tool may take them out of the context.
  readonly exec = (command: ShellCommand, options: ExecOptions = {}): Promise<ExecResult> =>
    heeded(this.#exec(command, options));

  readonly sftp = <Value>(use: (sftp: Sftp) => Promise<Value>): Promise<Value> => heeded(this.#sftp(use));

  readonly progress = (update: ToolProgress): void => {
    const { call } = this.#parts;
    const now = performance.now();
    if (now < this.#quietUntil) return;
    this.#quietUntil = now + PROGRESS_MS;
    const text = this.#safe(update.text ?? '');
    call.onFurther?.({ ...update, text: this.#safe(progressText({ text })) });
    // As a progress bar does it: where several come together, the last one is told.
    call.onProgress?.('stderr', `${this.#safe(progressText({ ...update, text }))}\r`);
  };

  readonly #streamed: ToolCall['onProgress'] = (...output) => {
    if (!this.given.hasAny) this.#parts.call.onProgress?.(...output);
  };

  async #exec(command: ShellCommand, options: ExecOptions): Promise<ExecResult> {
    const { call, shell, endsAt, asked, check, redactor } = this.#parts;
    call.signal.throwIfAborted();
    // Each is read once: a tool could answer the shell otherwise than the check.
    const text: unknown = command.text;
    if (typeof text !== 'string')
      throw new ServonautError('tool_failed', { message: 'The tool gave a command that is no text.' });
    const { sudo = false, stdin, consume, maxOutput, raw = call.raw, stream: isStreamed } = options;
    check.check(text, sudo, asked);
    const streams: RedactionStream[] = [];
    const redaction = (): RedactionStream => {
      const stream = redactor.stream();
      streams.push(stream);
      return stream;
    };
    const running = shell.exec(this.#target, rawShell(text), {
      requestId: call.requestId,
      timeoutMs: Math.max(0, endsAt - performance.now()),
      signal: call.signal,
      stdin,
      consume,
      sudo,
      maxOutput,
      raw,
      // Neither is looked through for what the call was given, so that neither is there once it was.
      keeping: this.given.hasAny ? undefined : this.#keeping?.(),
      onOutput: isStreamed && !this.given.hasAny ? this.#streamed : undefined,
      redaction,
    });
    const result = await running.finally(() => {
      for (const { found } of streams) this.#redactions.addAll(found);
    });
    this.#hasRun = true;
    this.#clean.add(result.stdout).add(result.stderr);
    for (const [hop, spent] of Object.entries(result.timings)) this.timings[hop] = (this.timings[hop] ?? 0) + spent;
    return result;
  }

  async #sftp<Value>(use: (sftp: Sftp) => Promise<Value>): Promise<Value> {
    const { call, shell, endsAt, asked, check } = this.#parts;
    call.signal.throwIfAborted();
    const timeoutMs = Math.max(0, endsAt - performance.now());
    return shell.sftp(this.#target, { timeoutMs, signal: call.signal }, (sftp) => {
      this.#hasRun = true;
      return use(heldSftp(sftp, ({ text }) => check.check(text, false, asked)));
    });
  }

  get log(): ToolLog {
    return { debug: this.#logger('debug'), info: this.#logger('info'), warn: this.#logger('warn') };
  }

  get secrets(): ToolContext['secrets'] {
    const { asked, resources } = this.#parts;
    const get = async (name: string): Promise<string> => {
      const value = await resources.secret(asked.tool.name, name);
      this.given.add(value);
      return value;
    };
    return { get };
  }

  get instances(): CloudInstances {
    return (this.#instances ??= this.#callInstances());
  }

  get basis(): string | undefined {
    return this.#parts.asked.basis;
  }

  get transferFolder(): string {
    return this.#parts.resources.transferFolder;
  }

  get mostJobs(): number {
    return this.#parts.resources.mostJobs;
  }

  #safe(text: string): string {
    return this.#parts.redactor.redact(this.given.takenOut(text)).text;
  }

  #callInstances(): CloudInstances {
    const { instances: sources, call, asked, checkMachine } = this.#parts;
    const { tool, decision } = asked;
    const parts = { sources, principal: call.principal, decided: decision.class, tool: tool.name, checkMachine };
    return new CallInstances({ ...parts, signal: this.signal, tell: this.log.warn });
  }

  #logger(level: ToolLogLevel): (text: string) => void {
    const { asked, resources } = this.#parts;
    return (text) => resources.log(level, asked.tool.name, this.#safe(text));
  }

  get #caller(): OutputCaller {
    return { principal: this.#parts.call.principal, server: this.#target.name };
  }

  get #target(): Server {
    const { server } = this.#parts.asked;
    if (server) return server;
    throw new ServonautError('tool_failed', { message: 'The tool asked for a server although it takes none.' });
  }
}

/** Whoever waits for it gets the error; where a tool does not, it is stopped with the call, and must not end the process. */
function heeded<Value>(running: Promise<Value>): Promise<Value> {
  running.catch(() => undefined);
  return running;
}
