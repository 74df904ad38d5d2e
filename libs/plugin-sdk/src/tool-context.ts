import type { ServerEntry } from '@servonaut/contracts';
import type { CloudInstances } from './cloud-instances.ts';
import type { Sftp } from './sftp/sftp.ts';
import type { ShellCommand } from './shell/shell-command.ts';

/** What a remote command did. */
export interface ExecResult {
  /** Exit code; null when a signal ended the process. */
  readonly exitCode: number | null;
  /** Signal that ended the process, such as `KILL`. */
  readonly signal: string | null;
  /** Bounded (head and tail), decoded as UTF-8, as a terminal would show it in the end (see `raw`). Empty when `binary`. */
  readonly stdout: string;
  readonly stderr: string;
  /** Bytes that the process wrote, before any bound. */
  readonly stdoutBytes: number;
  readonly stderrBytes: number;
  readonly truncated: boolean;
  /** Of output that is long or was truncated: whether it was kept on this machine as it came, for `outputs`. */
  readonly kept?: boolean;
  /** The output was not text. */
  readonly binary: boolean;
  /** The timeout ended it: its processes on the server were stopped, those that could be found. */
  readonly timedOut: boolean;
  /** After a timeout: why processes may be left that could be found, such as `only its process group could be signalled`. */
  readonly stopFault?: string;
  readonly durationMs: number;
  /** Milliseconds by hop: `connect` (0 on a warm connection), `exec`. */
  readonly timings: Readonly<Record<string, number>>;
}

export interface ExecOptions {
  /**
   * Written to the process's stdin, which is then closed. Without it stdin is empty. What comes over time is asked for as fast as the process reads it,
   * and no further once the process has ended; when it throws, the command is stopped and `exec` rejects with that. A command must not take the end
   * of its stdin for proof that all of it has come: a lost connection ends it, too.
   */
  readonly stdin?: string | Uint8Array | AsyncIterable<Uint8Array>;
  /**
   * Takes stdout as it comes and to the byte, secrets too: what the tool answers is redacted as a whole. Nothing of stdout is collected, kept or
   * reported then; of the result there is `stdoutBytes`. A promise holds back the stream until it is settled, and what is thrown stops the command.
   */
  consume?(this: void, chunk: Uint8Array): void | Promise<void>;
  /**
   * Whether it runs as root, by sudo on the server; a sudo that asks for a password gets the one that the operator has stored for the server. Rejects
   * with `sudo_refused` when sudo does not run it.
   */
  readonly sudo?: boolean;
  /** Most characters kept of each of stdout and stderr. Never more than the executor's own bound. */
  readonly maxOutput?: number;
  /** Leaves escape sequences, overwritten lines and control characters in the output, as for a terminal. A model is not shown any. */
  readonly raw?: boolean;
  /** Whether output is also reported to the agent while it comes. */
  readonly stream?: boolean;
}

export interface KeptOutput {
  /** As they came, and fewer than were asked for where no more are kept. */
  readonly bytes: Uint8Array;
  /** How many are kept of this stream, from its first one on. */
  readonly keptBytes: number;
  /** How many the command has written; undefined while it runs, and when the executor was stopped meanwhile. */
  readonly writtenBytes: number | undefined;
}

/** Output of earlier calls on this server that was too long for its answer, as long as it is kept. */
export interface KeptOutputs {
  /**
   * Bytes of the output of a request that whoever makes this call has made itself.
   * @param length at most 1 MiB is read at a time
   * @throws ServonautError `not_found` when nothing is kept of such a request, or it was somebody else's
   */
  read(
    requestId: string,
    stream: 'stdout' | 'stderr',
    range: { readonly offset: number; readonly length: number },
  ): Promise<KeptOutput>;
}

/** How far a call is. */
export interface ToolProgress {
  /** What it does at the moment, in a few words. */
  readonly text?: string;
  /** Of `total`, in any unit. */
  readonly done?: number;
  readonly total?: number;
  /** The unit, where it is shown in one of its own. */
  readonly unit?: 'bytes';
}

/** For the operator alone, who chooses by the setting `tool_log_level` from where on they see it. One line each; secrets are taken out. */
export interface ToolLog {
  debug(this: void, text: string): void;
  info(this: void, text: string): void;
  warn(this: void, text: string): void;
}

/** What a tool may use while it runs; its functions may be taken out of it. There is no other way to a server. */
export interface ToolContext {
  /** The server that was asked for. Reading it in a tool with `target: 'executor'` throws. */
  readonly server: ServerEntry;
  /** All servers of this executor: names and labels. */
  readonly servers: readonly ServerEntry[];
  /**
   * Whoever calls, in 64 hexadecimal digits that say nothing else: the same for all their calls, also after a restart. Undefined for the operator, who may see
   * what is anybody's.
   */
  readonly caller: string | undefined;
  /** What was too long for the answers of earlier calls. */
  readonly outputs: KeptOutputs;
  /** Aborts on cancel, on timeout and on shutdown. `exec` heeds it by itself. */
  readonly signal: AbortSignal;
  /**
   * Runs a command of `/bin/sh` on `server`. Rejects with a ServonautError when the server cannot be reached; a non-zero exit is a result.
   * Rejects with `policy_denied` when the command does more than the call was said to do, by the tool's `effect` or its `commands`.
   */
  exec(this: void, command: ShellCommand, options?: ExecOptions): Promise<ExecResult>;
  /** Opens SFTP on `server` while `use` runs, and closes it and its files afterwards. Rejects as `exec` does. */
  sftp<Value>(this: void, use: (sftp: Sftp) => Promise<Value>): Promise<Value>;
  /** Tells the agent how far the call is. As often as you like: a few a second leave, without secrets. */
  progress(this: void, update: ToolProgress): void;
  readonly log: ToolLog;
  /** Where files of transfers may lie on this machine: the operator's setting `transfer_folder`, absolute. It need not exist yet. */
  readonly transferFolder: string;
  /** How many detached jobs one caller may have running on one server: the operator's setting `jobs_per_caller`. */
  readonly mostJobs: number;
  readonly secrets: {
    /**
     * What the operator has stored for this plugin with `servonaut secrets set PLUGIN NAME`, from the keychain of their machine.
     * @param name up to 64 letters, digits or `_.-`
     * @throws ServonautError `config_invalid` when there is none, with that command as the next step
     */
    get(this: void, name: string): Promise<string>;
  };
  /** Machines of the clouds that the operator's servers come from. To change one takes a call that is privileged. */
  readonly instances: CloudInstances;
  /** Of the preview that the operator has agreed to; undefined where nobody was asked, or the tool has no `preview`. */
  readonly basis: string | undefined;
}

/** What a tool may use while nobody has agreed to the call yet. */
export type PreviewContext = Omit<ToolContext, 'basis' | 'progress'>;
