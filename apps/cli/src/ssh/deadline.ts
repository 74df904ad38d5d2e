import { ServonautError } from '@servonaut/contracts';

/** Why a call is over before it has ended by itself. */
export type DeadlineCause = 'timeout' | 'cancelled' | 'failed';

/** The one timer of a call, started before it connects, together with its caller's wish to stop. */
export class Deadline {
  /** Aborts when the call is over: with a ServonautError as its reason, or with what `fail` was given. */
  readonly signal: AbortSignal;
  /** Resolves when the call is over; never rejects. */
  readonly passed: Promise<DeadlineCause>;
  readonly #timer: NodeJS.Timeout;
  readonly #outer: AbortSignal;
  readonly #onAbort: () => void;
  readonly #end: (cause: DeadlineCause, reason: unknown) => void;

  constructor(timeoutMs: number, outer: AbortSignal, onTimeout: () => ServonautError) {
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#outer = outer;
    let pass: (cause: DeadlineCause) => void;
    this.passed = new Promise((resolve) => (pass = resolve));
    this.#end = (cause, reason) => {
      this.clear();
      controller.abort(reason);
      pass(cause);
    };
    this.#onAbort = () => this.#end('cancelled', cancellation(outer.reason));
    this.#timer = setTimeout(() => this.#end('timeout', onTimeout()), timeoutMs);
    if (outer.aborted) this.#onAbort();
    else outer.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Rejects with the signal's reason when the call is over before `promise` settles. */
  guard<Value>(promise: Promise<Value>): Promise<Value> {
    return Promise.race([promise, this.passed.then(() => Promise.reject(this.signal.reason as Error))]);
  }

  /** The call itself cannot go on. */
  fail(reason: unknown): void {
    if (!this.signal.aborted) this.#end('failed', reason);
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#outer.removeEventListener('abort', this.#onAbort);
  }
}

/**
 * What `run` comes to, unless that takes longer or `outer` aborts: then its own signal does, and it is waited for no more.
 * @param onTimeout makes the reason for that
 */
export async function inTime<Value>(
  timeoutMs: number,
  outer: AbortSignal,
  onTimeout: () => ServonautError,
  run: (signal: AbortSignal) => Promise<Value>,
): Promise<Value> {
  const deadline = new Deadline(timeoutMs, outer, onTimeout);
  try {
    deadline.signal.throwIfAborted();
    return await deadline.guard(run(deadline.signal));
  } finally {
    deadline.clear();
  }
}

/** The caller's own reason when it is one of our errors. */
export function cancellation(reason: unknown): ServonautError {
  return reason instanceof ServonautError ? reason : new ServonautError('request_cancelled', { cause: reason });
}
