import type { Duplex, Readable } from 'node:stream';

/**
 * One command on a server, as ssh2's ClientChannel is: the channel itself is its stdin and stdout. Emits `exit` with a code, or with null and the
 * name of a signal, when the server says how the command ended, and `close` once nothing more comes.
 */
export interface RemoteChannel extends Duplex {
  readonly stderr: Readable;
  /** Asks the server to signal the process group of the command (RFC 4254 section 6.9). */
  signal(name: string): void;
  /** Closes it, whatever still runs on the other side. */
  close(): void;
}

/** The server opens no channel (RFC 4254 section 5.1); nothing was run. */
export class ChannelRefused extends Error {}

/** The link ended before the command was sent; nothing was run. */
export class CommandNotSent extends Error {}

/**
 * Told once: of the channel, before any output can come of it, or why there is none. After any other error than ChannelRefused and CommandNotSent
 * it is not known whether the command runs.
 */
export type Started = (outcome: RemoteChannel | Error) => void;

/** What a command finds in its environment, as far as the server takes it (RFC 4254 section 6.4): nobody waits for an answer. */
export type Variables = Readonly<Record<string, string>>;

/** What a channel is for: a command, or a subsystem of the server (RFC 4254 section 6.5). */
export type ChannelPurpose = string | { readonly subsystem: 'sftp' };

/** One authenticated way to a server, on which commands run side by side. */
export interface Link {
  /** Bytes received so far: a link on which there come no more is one that nobody answers on. */
  readonly received: number;
  exec(purpose: ChannelPurpose, started: Started): void;
  /** Closes it, politely where somebody listens; within a second it is gone. */
  end(): void;
  /** Breaks it. What is waited for on it is told. */
  destroy(): void;
  /** Calls `listener` when the link is gone, by whomever. */
  onClose(listener: () => void): void;
}
