import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { Duplex } from 'node:stream';
import { ServonautError } from '@servonaut/contracts';
import { joinWrites } from './joined-writes.ts';

/** How long a proxy may take to end after TERM, in milliseconds. */
const TERMINATE_MS = 500;

/** So much of the end of what a proxy says is kept for the detail of an error, in characters. */
const KEPT_COMPLAINT = 4_096;

/** The shell that ssh(1) would use. */
const shell = () => process.env['SHELL'] || '/bin/sh';

/**
 * A `ProxyCommand`: run as ssh(1) runs it, in a process group of its own that ends with the stream. What it writes to stderr stays on this
 * machine, in the private detail of the error.
 */
export class ProxyProcess extends Duplex {
  readonly #name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  #complaint = '';
  #hasEnded = false;

  /** @param name inventory name of the server, for errors @param command with its tokens expanded */
  constructor(name: string, command: string) {
    super();
    this.#name = name;
    const child = spawn(shell(), ['-c', `exec ${command}`], { detached: true });
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => this.push(chunk) || child.stdout.pause());
    child.stderr.on('data', (chunk: Buffer) => {
      this.#complaint = (this.#complaint + chunk.toString('utf8')).slice(-KEPT_COMPLAINT);
    });
    // It ended with bytes still on their way to it; its end tells why.
    child.stdin.on('error', (error) => (this.#complaint ||= error.message));
    child.once('error', (error) => this.#end(`could not be started`, error));
    child.once('close', (code, signal) => this.#end(`ended (${signal ?? code})`));
    joinWrites(this);
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#child.stdin.write(chunk)) callback();
    else this.#child.stdin.once('drain', callback);
  }

  override _final(callback: () => void): void {
    this.#child.stdin.end(callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#signal('SIGTERM');
    if (!this.#hasEnded) setTimeout(() => this.#signal('SIGKILL'), TERMINATE_MS);
    callback(error);
  }

  #end(how: string, cause?: Error): void {
    this.#hasEnded = true;
    if (this.destroyed) return;
    this.destroy(
      new ServonautError('server_unreachable', {
        message: `${this.#name} could not be reached: its ProxyCommand ${how}.`,
        detail: this.#complaint.trim(),
        cause,
      }),
    );
  }

  /** The whole group, which outlives its leader when that has left something behind. */
  #signal(name: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, name);
    } catch (error) {
      // Nobody is left.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}
