import { WIRE_LIMITS, type CommandProgress } from '@servonaut/contracts';
import { plainText } from '@servonaut/plugin-sdk/plain-output';

type Stream = CommandProgress['stream'];

export interface ProgressSenderOptions {
  readonly requestId: string;
  readonly post: (progress: CommandProgress) => Promise<void>;
  /** Milliseconds between two messages, whichever stream they are of. Default 250: at most four a second. */
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
  #last: Stream = 'stderr';
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

  /** One stream at a time, so that neither starves. The next interval begins after the post: a slow coordinator gets fewer and longer messages, in order. */
  async #flush(): Promise<void> {
    const next = this.#last === 'stdout' ? 'stderr' : 'stdout';
    this.#last = this.#pending[next] === '' ? this.#last : next;
    await this.#send(this.#last);
    this.#timer = !this.#ended && (this.#pending.stdout || this.#pending.stderr) ? this.#nextFlush() : undefined;
  }

  async #send(stream: Stream): Promise<void> {
    // Of a progress bar its last state; a line that goes on is told of in parts.
    const chunk = plainText(Buffer.from(this.#pending[stream]));
    this.#pending[stream] = '';
    if (chunk === '' || this.#ended) return;
    const progress = { request_id: this.#options.requestId, sequence: this.#sequence, stream, chunk };
    this.#sequence += 1;
    // A lost chunk is what best effort means; what matters of the failure shows when the result is posted.
    await this.#options.post(progress).catch(() => undefined);
  }
}
