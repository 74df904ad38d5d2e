import { uptime } from 'node:os';
import { discardMemory } from './discarded-memory.ts';
import type { RemoteChannel } from './links/link.ts';
import { OutputCollector, type CollectedOutput } from './output-collector.ts';
import type { OutputKeeping, OutputStream } from './output-keeping.ts';
import { giveStdin, type RemoteStdin } from './stdin-feed.ts';

export type OutputListener = (stream: OutputStream, text: string) => void;

/** Takes what a command writes to stdout, to the byte. A promise holds back the stream. */
export type OutputConsumer = (chunk: Uint8Array) => void | Promise<void>;

/** Who does not take any more for the moment. */
type Holder = 'keeping' | 'consumer';

export interface RemoteRunOptions {
  /** Most characters kept of each stream. */
  readonly maxOutput: number;
  /** See `ssh_linger_ms` in the settings. */
  readonly lingerMs: number;
  readonly stdin: RemoteStdin | undefined;
  /** Takes stdout in place of all who would be shown it or keep it. */
  readonly consume?: OutputConsumer | undefined;
  /** Told of what `stdin` or `consume` threw: the command is for somebody else to stop, since its stdin must not end meanwhile. */
  readonly onFault?: ((error: unknown) => void) | undefined;
  /** Told of text as it comes. */
  readonly onOutput: OutputListener | undefined;
  /** Leaves in the text what steers a terminal. */
  readonly raw?: boolean | undefined;
  readonly keeping?: OutputKeeping | undefined;
  /** Makes what each stream goes through before anybody is shown any of it, and before it is kept. */
  readonly redaction?: (() => OutputRedaction) | undefined;
}

/** Takes out of the bytes of one stream what must not leave. May hold back what it cannot tell yet. */
export interface OutputRedaction {
  write(chunk: Buffer): Buffer;
  /** What was held back. */
  end(): Buffer;
}

export interface RemoteRunEnd {
  /** False when the channel closed before the server said how the command ended. */
  readonly isReported: boolean;
  readonly exitCode: number | null;
  /** Signal that ended it, such as `KILL`. */
  readonly signal: string | null;
  readonly stdout: CollectedOutput;
  readonly stderr: CollectedOutput;
  /** Whether the whole output was kept; undefined when it was too short to be. */
  readonly kept?: boolean;
}

/** One command on one channel, from its start to the close of the channel. Made within the callback of exec, so that no event is missed. */
export class RemoteRun {
  readonly ended: Promise<RemoteRunEnd>;
  /** The clock of this one goes on while the machine sleeps, and nobody sets it. */
  readonly #startedSeconds = uptime();
  readonly #channel: RemoteChannel;
  readonly #options: RemoteRunOptions;
  readonly #stdout: Pick<OutputCollector, 'end'>;
  readonly #stderr: OutputCollector;
  /** Each passes on what its redaction has held back. */
  readonly #heldBack: (() => void)[] = [];
  #isReported = false;
  #exitCode: number | null = null;
  #signal: string | null = null;
  #lingering: NodeJS.Timeout | undefined;
  readonly #holders = new Set<Holder>();
  /** Settles, and never rejects, when the consumer has taken what it was given last. */
  #consuming: Promise<void> | undefined;
  #hasFailed = false;
  #end: () => void = () => undefined;

  constructor(channel: RemoteChannel, options: RemoteRunOptions) {
    this.#channel = channel;
    this.#options = options;
    this.#stdout = options.consume ? this.#consume(options.consume) : this.#collect('stdout', channel);
    this.#stderr = this.#collect('stderr', channel.stderr);
    options.keeping?.onDrain(() => this.#resume('keeping'));
    channel.on('exit', (code: number | null, signal?: string) => this.#exited(code, signal));
    // A write to a channel that the server has closed meanwhile; how the command ended is told by the close.
    channel.on('error', () => this.abandon());
    this.ended = new Promise((resolve) => {
      this.#end = () => {
        this.#end = () => undefined;
        resolve(this.#result());
      };
      channel.once('close', () => void (this.#consuming ? this.#consuming.then(() => this.#end()) : this.#end()));
    });
    if (options.stdin !== undefined) giveStdin(channel, options.stdin, this.ended, (error) => options.onFault?.(error));
  }

  /** Milliseconds since the server confirmed the start. */
  get ageMs(): number {
    return (uptime() - this.#startedSeconds) * 1_000;
  }

  /** Whether the server has said how the command ended, although its output may still be open. */
  get isReported(): boolean {
    return this.#isReported;
  }

  /** Asks the server to signal the process group (RFC 4254 section 6.9). Not every server does. */
  signal(name: 'INT' | 'TERM' | 'KILL'): void {
    this.#channel.signal(name);
  }

  /** Closes the channel, whatever still runs on the other side. */
  abandon(): void {
    this.#channel.close();
    this.#end();
  }

  #collect(name: OutputStream, source: NodeJS.EventEmitter): OutputCollector {
    const { onOutput, keeping, maxOutput: limit, raw = false, redaction } = this.#options;
    const onText = onOutput && ((text: string) => onOutput(name, text));
    const collector = new OutputCollector({ limit, raw, onText });
    const redacted = redaction?.();
    const pass = (bytes: Buffer, written: number): boolean => {
      collector.write(bytes, written);
      return bytes.length === 0 || keeping?.write(name, bytes) !== false;
    };
    if (redacted) this.#heldBack.push(() => void pass(redacted.end(), 0));
    source.on('data', (chunk: Buffer) => {
      discardMemory(chunk.length);
      this.#lingering?.refresh();
      if (!pass(redacted?.write(chunk) ?? chunk, chunk.length)) this.#pause('keeping');
    });
    return collector;
  }

  #consume(consume: OutputConsumer): Pick<OutputCollector, 'end'> {
    let bytes = 0;
    this.#channel.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      discardMemory(chunk.length);
      this.#lingering?.refresh();
      this.#give(consume, chunk);
    });
    return { end: () => ({ text: '', bytes, truncated: false, binary: false }) };
  }

  /** It is given no more until it has taken this, and none after a fault: what still comes until the command is stopped is dropped. */
  #give(consume: OutputConsumer, chunk: Buffer): void {
    if (this.#hasFailed) return;
    try {
      const taken = consume(chunk);
      if (!taken) return;
      this.#pause('consumer');
      this.#consuming = Promise.resolve(taken)
        .catch((error: unknown) => this.#failed(error))
        .then(() => this.#resume('consumer'));
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.#hasFailed = true;
    this.#options.onFault?.(error);
  }

  /** Silence of our own making is not the end of an output. */
  #pause(holder: Holder): void {
    clearTimeout(this.#lingering);
    this.#lingering = undefined;
    this.#holders.add(holder);
    this.#channel.pause();
    this.#channel.stderr.pause();
  }

  #resume(holder: Holder): void {
    if (!this.#holders.delete(holder) || this.#holders.size > 0) return;
    this.#linger();
    this.#channel.resume();
    this.#channel.stderr.resume();
  }

  /**
   * A process that the command left in the background may hold its output open for ever, as `ssh host 'sleep 1000 &'` shows. The command has
   * ended, so the run has too, once its output falls silent.
   */
  #exited(code: number | null, signal: string | undefined): void {
    this.#isReported = true;
    this.#exitCode = code;
    this.#signal = signal?.replace(/^SIG/, '') ?? null;
    this.#linger();
  }

  #linger(): void {
    if (!this.#isReported || this.#holders.size > 0) return;
    this.#lingering = setTimeout(() => this.abandon(), this.#options.lingerMs);
  }

  #result(): RemoteRunEnd | Promise<RemoteRunEnd> {
    clearTimeout(this.#lingering);
    this.#holders.clear();
    for (const pass of this.#heldBack) pass();
    const end = {
      isReported: this.#isReported,
      exitCode: this.#exitCode,
      signal: this.#signal,
      stdout: this.#stdout.end(),
      stderr: this.#stderr.end(),
    };
    return this.#options.keeping?.end()?.then((kept) => ({ ...end, kept })) ?? end;
  }
}
