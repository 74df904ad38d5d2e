import { ServonautError, WIRE_LIMITS } from '@servonaut/contracts';
import type { AdmittedRequest } from './admission/request-gate.ts';
import type { CoordinatorClient } from './coordinator-client.ts';
import type { CoordinatorClock } from './coordinator-clock.ts';
import { retry } from './retry.ts';

export interface AcknowledgementOptions {
  readonly request: AdmittedRequest;
  readonly coordinator: Pick<CoordinatorClient, 'ack'>;
  readonly clock: CoordinatorClock;
  /** Told that the coordinator no longer waits for the request, by the error that says why. */
  readonly onTooLate: (error: ServonautError) => void;
  readonly warn: (message: string) => void;
}

const BACKOFF = { baseMs: 200, maxMs: 2_000 };
/**
 * A request whose result is taken within this many milliseconds is not acknowledged: the result says as much. Longer than most commands on a
 * warm connection need, for which one more call would cost more than they do themselves; nothing beside the start-by deadline. What it means
 * for a kill within that time: docs/adr/0009-short-commands-need-no-acknowledgement.md.
 */
const DELAY_MS = 25;

/** Tells the coordinator that a request is here: that it waits for the operator, that it runs. One word after the other, so that the last one holds. */
export class Acknowledgement {
  readonly #options: AcknowledgementOptions;
  #timer: NodeJS.Timeout | undefined;
  #said: Promise<void> = Promise.resolve();
  /** Aborted to try no further: for the next word, or since the request has ended. */
  #word: AbortController | undefined;
  #hasEnded = false;
  #hasWaited = false;

  constructor(options: AcknowledgementOptions) {
    this.#options = options;
  }

  /** It runs. Said in a moment; close to the start-by deadline sooner, half of what is left of the time being for it to get there. */
  soon(): void {
    this.#timer = setTimeout(() => this.#say(), Math.min(DELAY_MS, this.#msLeft() / 2));
  }

  /**
   * It waits for the operator. Said at once: should nobody take this in time, nobody waits for an answer.
   * @param until milliseconds since the epoch
   */
  waiting(until: number): void {
    this.#hasWaited = true;
    this.#say(until);
  }

  /** There is a result: what has not been said need not be tried again. */
  ended(): void {
    this.#hasEnded = true;
    this.#word?.abort();
  }

  /** The result has been taken, which says as much. */
  notNeeded(): void {
    clearTimeout(this.#timer);
  }

  #say(waitsUntil?: number): void {
    this.#word?.abort();
    const word = new AbortController();
    this.#word = word;
    if (this.#hasEnded) word.abort();
    this.#said = this.#said.then(() => this.#post(word.signal, waitsUntil));
  }

  async #post(signal: AbortSignal, waitsUntil: number | undefined): Promise<void> {
    const { request, coordinator, onTooLate, warn } = this.#options;
    const isFirst = waitsUntil !== undefined || !this.#hasWaited;
    const giveUpAt = isFirst ? Date.now() + this.#msLeft() : Infinity;
    const ids = { request_id: request.requestId, executor_id: request.executorId };
    try {
      await retry(() => coordinator.ack({ ...ids, ...awaiting(waitsUntil) }), {
        ...BACKOFF,
        isFinal,
        giveUpAt,
        signal,
      });
    } catch (error) {
      if (isTooLate(error)) onTooLate(error);
      else if (signal.aborted && !this.#hasEnded) return;
      else if (waitsUntil !== undefined && !isFinal(error)) onTooLate(new ServonautError('request_expired'));
      else warn(`The coordinator took no acknowledgement: ${(error as Error).message}`);
    }
  }

  #msLeft(): number {
    return this.#options.request.startBy - this.#options.clock.now();
  }
}

function awaiting(until: number | undefined): { awaiting_approval_seconds?: number } {
  if (until === undefined) return {};
  const seconds = Math.ceil((until - Date.now()) / 1_000);
  return { awaiting_approval_seconds: Math.min(Math.max(1, seconds), WIRE_LIMITS.approvalSeconds) };
}

function isFinal(error: unknown): boolean {
  return !(error instanceof ServonautError && error.retryable) || isTooLate(error);
}

function isTooLate(error: unknown): error is ServonautError {
  const codes: readonly string[] = ['request_cancelled', 'request_expired', 'request_finished'];
  return error instanceof ServonautError && codes.includes(error.code);
}
