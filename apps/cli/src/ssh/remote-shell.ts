import type { ExecResult, ShellCommand } from '@servonaut/plugin-sdk';
import type { Sftp } from '@servonaut/plugin-sdk/sftp';
import type { Server } from '../inventory/server.ts';
import type { OutputKeeping } from './output-keeping.ts';
import type { OutputConsumer, OutputListener, OutputRedaction } from './remote-run.ts';
import type { RemoteStdin } from './stdin-feed.ts';

export interface RemoteExecOptions {
  /** Marks the processes on the server; letters, digits and dashes. */
  readonly requestId: string;
  /** From now, connecting included, in milliseconds. */
  readonly timeoutMs: number;
  /** Stops the command. */
  readonly signal: AbortSignal;
  /** Without it stdin is empty. What throws while it comes stops the command. */
  readonly stdin?: RemoteStdin | undefined;
  /** Takes stdout in place of all who would be shown it or keep it. What it throws stops the command. */
  readonly consume?: OutputConsumer | undefined;
  /** Runs it as root by sudo, with the password that the operator has given for the server where sudo asks for one. */
  readonly sudo?: boolean | undefined;
  /** Most characters kept of each stream; never more than the setting `ssh_max_output`. */
  readonly maxOutput?: number | undefined;
  readonly onOutput?: OutputListener | undefined;
  /** Leaves in the text what steers a terminal. */
  readonly raw?: boolean | undefined;
  readonly keeping?: OutputKeeping | undefined;
  /** Makes what each stream goes through before anybody is shown any of it, and before it is kept. */
  readonly redaction?: (() => OutputRedaction) | undefined;
}

export type SftpOptions = Pick<RemoteExecOptions, 'timeoutMs' | 'signal'>;

/** Runs commands on servers, and reaches their files. */
export interface RemoteShell {
  /**
   * Runs `command` on `server`, by the login shell when that is `sh`, `bash`, `dash` or `ash`, otherwise by `/bin/sh`. A non-zero exit, and a command that its timeout ended, are results.
   * @throws ServonautError when the command did not run (`server_unreachable`, `connect_timeout`, `host_key_unknown`, …), when it is not known
   * how it ended (`connection_lost`), `sudo_refused` when sudo did not run it, or `request_cancelled` when the signal stopped it; what `stdin` or `consume` threw
   */
  exec(server: Server, command: ShellCommand, options: RemoteExecOptions): Promise<ExecResult>;
  /**
   * Opens SFTP on `server` for as long as `use` runs.
   * @throws ServonautError as `exec` when it cannot be opened, `timed_out`, `request_cancelled`; what `use` throws
   */
  sftp<Value>(server: Server, options: SftpOptions, use: (sftp: Sftp) => Promise<Value>): Promise<Value>;
  /** Closes all connections. */
  close(): void;
}
