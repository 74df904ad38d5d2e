import { ServonautError } from '@servonaut/contracts';
import { ChannelStream } from './links/channel-stream.ts';
import type { RemoteChannel } from './links/link.ts';
import type { SudoAttempt } from './sudo-attempts.ts';
import type { SudoWords } from './sudo-command.ts';

/** Most of what sudo says that is kept for the error, in bytes. */
const SAID_BYTES = 4_096;
/** What sudo adds where the server has a mailer, or would mail. */
const REPORTED = /^This incident (has been|will be) reported/;

/** The password of the operator's user on the server, when it may be sent; undefined when the operator has given none. */
export type SudoPassword = () => Promise<SudoAttempt | undefined>;

type Problem = 'no password' | 'wrong password' | 'unavailable password';

/**
 * A command under sudo, as a channel of the command alone. What sudo says is kept back, and so is what is meant for the command's stdin, until the
 * command has started. In between the password is written, once, and only when sudo has asked for it: a second question ends it, so that no account
 * is locked by a password that has changed.
 */
export class SudoChannel extends ChannelStream implements RemoteChannel {
  readonly #inner: RemoteChannel;
  readonly #words: SudoWords;
  readonly #password: SudoPassword;
  #said = Buffer.alloc(0);
  #given: SudoAttempt | undefined;
  #prompts = 0;
  #isStarted = false;
  #isClosed = false;
  #problem: { readonly kind: Problem; readonly cause?: unknown } | undefined;
  #onStart: (() => void)[] = [];

  constructor(inner: RemoteChannel, words: SudoWords, password: SudoPassword) {
    super();
    this.#inner = inner;
    this.#words = words;
    this.#password = password;
    inner.on('data', (chunk: Buffer) => {
      if (!this.push(chunk)) inner.pause();
    });
    inner.stderr.on('data', (chunk: Buffer) => this.#heard(chunk));
    inner.on('exit', (...how: unknown[]) => this.emit('exit', ...how));
    inner.on('error', (error: Error) => this.emit('error', error));
    inner.once('close', () => {
      this.#isClosed = true;
      this.#given?.ended('unknown');
      this.finish();
    });
  }

  get isStarted(): boolean {
    return this.#isStarted;
  }

  /** What sudo has taken. */
  get accepted(): SudoAttempt | undefined {
    return this.#isStarted ? this.#given : undefined;
  }

  /** Why the command has not started, once the channel has closed. @param server its name in the inventory */
  failure(server: string): ServonautError {
    const cause = this.#problem?.cause;
    if (cause instanceof ServonautError && cause.code === 'sudo_refused') return cause;
    const reasons: Readonly<Record<Problem, string>> = {
      'no password': `sudo on ${server} asks for a password, and none is stored.`,
      'wrong password': `sudo on ${server} refused the password that is stored.`,
      'unavailable password': `sudo on ${server} asks for a password, and the keychain of the executor's machine does not give it.`,
    };
    const message = this.#problem
      ? reasons[this.#problem.kind]
      : `sudo on ${server} did not run the command: ${this.#reason()}.`;
    return new ServonautError('sudo_refused', { message, cause });
  }

  /** Has sudo give up when it still waits for a password. */
  giveUp(): void {
    if (!this.#isStarted) this.#inner.end();
  }

  signal(name: string): void {
    this.#inner.signal(name);
  }

  close(): void {
    this.#inner.close();
  }

  override _read(): void {
    this.#inner.resume();
  }

  protected override readErrors(): void {
    this.#inner.stderr.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#whenStarted(() => this.#inner.write(chunk, encoding, done));
  }

  override _final(done: () => void): void {
    this.#whenStarted(() => this.#inner.end(done));
  }

  #whenStarted(act: () => void): void {
    if (this.#isStarted) act();
    else this.#onStart.push(act);
  }

  #heard(chunk: Buffer): void {
    if (this.#isStarted) return this.#passOn(chunk);
    this.#said = Buffer.concat([this.#said, chunk]);
    const prompt = this.#said.indexOf(this.#words.prompt);
    const start = this.#said.indexOf(`${this.#words.start}\n`);
    if (start >= 0) this.#start(this.#said.subarray(start + this.#words.start.length + 1));
    else if (prompt >= 0) this.#asked(prompt);
    else this.#said = this.#said.subarray(-SAID_BYTES);
  }

  #passOn(chunk: Buffer): void {
    if (chunk.length > 0 && !this.stderr.push(chunk)) this.#inner.stderr.pause();
  }

  #start(rest: Buffer): void {
    this.#isStarted = true;
    this.#given?.ended('accepted');
    this.#said = Buffer.alloc(0);
    this.#onStart.forEach((act) => act());
    this.#onStart = [];
    this.#passOn(rest);
  }

  #asked(at: number): void {
    const { length } = this.#words.prompt;
    this.#said = Buffer.concat([this.#said.subarray(0, at), this.#said.subarray(at + length)]);
    if (this.#prompts++ > 0) return this.#wrong();
    this.#password().then(
      (attempt) => (attempt ? this.#answer(attempt) : this.#refuse('no password')),
      (cause: unknown) => this.#refuse('unavailable password', cause),
    );
  }

  /** Only sudo reads at this moment: the command has not started. */
  #answer(attempt: SudoAttempt): void {
    if (this.#isStarted || this.#isClosed || this.#inner.writableEnded) return attempt.ended('unknown');
    this.#given = attempt;
    this.#inner.write(`${attempt.password}\n`);
  }

  #wrong(): void {
    this.#given?.ended('refused');
    this.#refuse('wrong password');
  }

  #refuse(kind: Problem, cause?: unknown): void {
    this.#problem ??= { kind, cause };
    this.giveUp();
  }

  /** The last line of it, but for one that says that somebody was told. */
  #reason(): string {
    const lines = this.#said.toString('utf8').split('\n');
    const last = lines.map((line) => line.trim()).findLast((line) => line !== '' && !REPORTED.test(line));
    return (last ?? 'it said nothing').replace(/\.$/, '');
  }
}
