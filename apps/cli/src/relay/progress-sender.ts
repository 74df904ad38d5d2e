import { WIRE_LIMITS, type CommandProgress } from '@servonaut/contracts';

type Stream = CommandProgress['stream'];

export interface ProgressSenderOptions {
  readonly requestId: string;
  readonly post: (progress: CommandProgress) => Promise<void>;
  /** Milliseconds between two messages of one stream. Default 250: at most four a second. */
  readonly intervalMs?: number;
}

/**
 * Sends output while it comes, a few times a second. Best effort: what the coordinator does not take in time is left out, since the result carries
 * the output anyway. Nothing is sent for a command that ends within the first interval, so short commands cost nothing.
 */
export class ProgressSender {
  readonly #options: Required<ProgressSenderOptions>;
  readonly #pending: Record<Stream, string> = { stdout: '', stderr: '' };
  #timer: NodeJS.Timeout | undefined;
  #sequence = 0;
  #ended = false;

  constructor(options: ProgressSenderOptions) {
    this.#options = { intervalMs: 250, ...options };
  }

  push(stream: Stream, chunk: string): void {
    const room = WIRE_LIMITS.progressChunkLength - this.#pending[stream].length;
    if (this.#ended || room <= 0) return;
    this.#pending[stream] += chunk.length > room ? chunk.slice(0, room) : chunk;
    this.#timer ??= this.#nextFlush();
  }

  /** Call when the request has ended: what is pending stands in the result. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
  }

  #nextFlush(): NodeJS.Timeout {
    return setTimeout(() => void this.#flush(), this.#options.intervalMs).unref();
  }

  /** The next interval begins after both posts, so that a slow coordinator gets fewer and longer messages, in order. */
  async #flush(): Promise<void> {
    await this.#send('stdout');
    await this.#send('stderr');
    this.#timer = !this.#ended && (this.#pending.stdout || this.#pending.stderr) ? this.#nextFlush() : undefined;
  }

  async #send(stream: Stream): Promise<void> {
    const chunk = this.#pending[stream];
    if (chunk === '' || this.#ended) return;
    this.#pending[stream] = '';
    const progress = { request_id: this.#options.requestId, sequence: this.#sequence, stream, chunk };
    this.#sequence += 1;
    // A lost chunk is what best effort means; what matters of the failure shows when the result is posted.
    await this.#options.post(progress).catch(() => undefined);
  }
}
