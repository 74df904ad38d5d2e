import type { ErrorCode } from '@servonaut/contracts';
import { ServonautError } from '@servonaut/contracts';
import type { Journal, SpooledResult } from '../journal/journal.ts';
import type { Report } from './relay-event.ts';
import { retry } from './retry.ts';

export interface ResultDeliveryOptions {
  readonly journal: Journal;
  readonly post: (body: string) => Promise<void>;
  readonly report: Report;
  /** How long a result is offered, in milliseconds from when it was finished. */
  readonly giveUpAfterMs: number;
  readonly backoff?: { readonly baseMs: number; readonly maxMs: number };
}

/** The coordinator has a result of this request: ours came twice, or somebody else's was first and stands. */
const HAS_ONE: readonly ErrorCode[] = ['result_conflict', 'request_finished'];
/** No later try can end otherwise. */
const HOPELESS: readonly ErrorCode[] = ['request_unknown', 'invalid_request', 'malformed_json', 'payload_too_large'];
/** Nothing will be taken until the operator logs in anew; the result stays on disk until then. */
const NOT_NOW: readonly ErrorCode[] = [
  'unauthenticated',
  'token_invalid',
  'token_expired',
  'token_revoked',
  'signed_out',
  'insufficient_scope',
  'not_entitled',
];
const FINAL = [...HAS_ONE, ...HOPELESS, ...NOT_NOW];

const HOUR_MS = 3_600_000;

const codeOf = (error: unknown): ErrorCode => (error instanceof ServonautError ? error.code : 'internal');

/** Brings spooled results to the coordinator, for as long as it takes, and forgets each only when it was taken. */
export class ResultDelivery {
  readonly #options: ResultDeliveryOptions & { readonly backoff: { baseMs: number; maxMs: number } };
  readonly #underway = new Set<Promise<void>>();
  #wake = new AbortController();
  #stopped = false;

  constructor(options: ResultDeliveryOptions) {
    this.#options = { backoff: { baseMs: 500, maxMs: 60_000 }, ...options };
  }

  /** @returns when it has been taken, or is offered no more by this process */
  deliver(result: SpooledResult): Promise<void> {
    const delivery = this.#deliver(result).finally(() => this.#underway.delete(delivery));
    this.#underway.add(delivery);
    return delivery;
  }

  /**
   * Offers what the last process of this profile left. Not before this one is registered: the coordinator takes the results of an executor under a
   * new token only once it knows it by that.
   */
  deliverLeft(): void {
    for (const result of this.#options.journal.undelivered()) void this.deliver(result);
  }

  /** Call when the coordinator is known to be there: those that wait for their next try try now. */
  retryNow(): void {
    this.#wake.abort();
    this.#wake = new AbortController();
  }

  /** Waits until all are delivered, at most `withinMs`; then stops trying. What is left stays in the journal. */
  async finish(withinMs: number): Promise<void> {
    this.retryNow();
    const timer = setTimeout(() => this.stop(), withinMs);
    await Promise.all(this.#underway);
    clearTimeout(timer);
    this.stop();
  }

  stop(): void {
    this.#stopped = true;
    this.#wake.abort();
  }

  async #deliver(result: SpooledResult): Promise<void> {
    try {
      await this.#post(result);
      this.#forget(result);
    } catch (error) {
      const isTooOld = Date.now() >= this.#giveUpAt(result) || !(this.#stopped || isFinal(error));
      if (!isTooOld && (this.#stopped || NOT_NOW.includes(codeOf(error)))) return;
      this.#forget(result);
      const offered = isTooOld ? `It was offered for ${this.#options.giveUpAfterMs / HOUR_MS} h. ` : '';
      const reason = `${offered}${(error as Error).message}`;
      this.#options.report({ event: 'result_dropped', requestId: result.requestId, reason });
    }
  }

  /** Milliseconds since the epoch. */
  #giveUpAt({ finishedAt }: SpooledResult): number {
    return finishedAt + this.#options.giveUpAfterMs;
  }

  /** When the disk does not take it, the result is offered once more after a restart, which the coordinator answers as it did now. */
  #forget({ requestId }: SpooledResult): void {
    try {
      this.#options.journal.deliver(requestId);
    } catch (error) {
      this.#options.report({ event: 'warning', message: (error as Error).message });
    }
  }

  async #post(result: SpooledResult): Promise<void> {
    const { post, report, backoff } = this.#options;
    const giveUpAt = this.#giveUpAt(result);
    const onRetry = (error: unknown): void =>
      report({ event: 'result_waiting', requestId: result.requestId, reason: (error as Error).message });
    for (;;) {
      const { signal } = this.#wake;
      try {
        return await retry(() => post(result.body), { ...backoff, giveUpAt, isFinal, onRetry, signal });
      } catch (error) {
        const woken = signal.aborted && !this.#stopped;
        if (isFinal(error) || !woken) throw error;
      }
    }
  }
}

function isFinal(error: unknown): boolean {
  return FINAL.includes(codeOf(error));
}
