import { spawn, type ChildProcess, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { variablesFor } from '../../session/environment.ts';
import { ChannelStream } from './channel-stream.ts';
import { CommandNotSent, type ChannelPurpose, type Link, type RemoteChannel, type Started } from './link.ts';

/** What a command gets of our environment: about what sshd would give it, and nothing that may be a secret of ours. */
const INHERITED = /^(?:HOME|USER|LOGNAME|SHELL|PATH|LANG|LC_[A-Z]+|TZ|TMPDIR)$/;

/** A command on this machine, in a session of its own, so that nothing is its terminal and its process group can be signalled. */
class LocalChannel extends ChannelStream implements RemoteChannel {
  readonly #child: ChildProcessWithoutNullStreams;

  constructor(child: ChildProcessWithoutNullStreams) {
    super();
    this.#child = child;
    child.stdout.on('data', (chunk: Buffer) => this.push(chunk) || child.stdout.pause());
    child.stderr.on('data', (chunk: Buffer) => this.stderr.push(chunk) || child.stderr.pause());
    // What it does not read is dropped, as by a pipe whose reader has gone.
    child.stdin.on('error', () => child.stdin.destroy());
    child.once('exit', (code: number | null, signal: string | null) =>
      this.emit('exit', code, signal?.replace(/^SIG/, '')),
    );
    child.once('close', () => this.finish());
  }

  signal(name: string): void {
    const { pid } = this.#child;
    try {
      if (pid !== undefined) process.kill(-pid, `SIG${name}`);
    } catch (error) {
      // Nobody is left.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  close(): void {
    for (const stream of [this.#child.stdin, this.#child.stdout, this.#child.stderr]) stream.destroy();
    this.#child.unref();
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  protected override readErrors(): void {
    this.#child.stderr.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#child.stdin.write(chunk, () => done());
  }

  override _final(done: () => void): void {
    this.#child.stdin.end();
    done();
  }
}

/** Commands on this machine, by `/bin/sh`. */
export class LocalLink implements Link {
  /** Nobody is asked over a network who might not answer. */
  readonly received = 0;
  readonly #channels = new Set<LocalChannel>();
  readonly #closeListeners: (() => void)[] = [];
  #isGone = false;

  exec(command: ChannelPurpose, started: Started): void {
    if (this.#isGone) return started(new CommandNotSent('the link was closed'));
    if (typeof command !== 'string') return started(new Error('this machine has no subsystems'));
    const home = homedir();
    const child: ChildProcess = spawn('/bin/sh', ['-c', command], {
      detached: true,
      cwd: existsSync(home) ? home : '/',
      env: variablesFor((variable) => INHERITED.test(variable)),
    });
    child.once('error', started);
    child.once('spawn', () => {
      child.off('error', started);
      const channel = new LocalChannel(child as ChildProcessWithoutNullStreams);
      this.#channels.add(channel);
      child.once('close', () => this.#channels.delete(channel));
      started(channel);
    });
  }

  end(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    for (const channel of this.#channels) channel.close();
    for (const listener of this.#closeListeners) listener();
  }

  destroy(): void {
    this.end();
  }

  onClose(listener: () => void): void {
    this.#closeListeners.push(listener);
  }
}
