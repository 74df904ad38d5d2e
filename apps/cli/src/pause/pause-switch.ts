import { ServonautError } from '@servonaut/contracts';
import type { Pause, PauseFile } from './pause-file.ts';

/** How often the file is looked at while nobody calls, in milliseconds: what runs is stopped this soon after `servonaut pause`. */
const LOOK_EVERY_MS = 200;

/** One for all, since it is made for every call and seldom read. */
const WORK_IS_OVER = new ServonautError('request_cancelled', { message: 'The call is over.' });

/** What callers are told of a pause. */
export function pauseError({ since, reason }: Pause): ServonautError {
  const when = since === undefined ? '' : ` since ${since}`;
  const why = reason === undefined ? '' : ` (${reason})`;
  return new ServonautError('executor_paused', {
    message: `The operator has paused this executor${when}${why}; what ran then was stopped.`,
    facts: { since, reason },
  });
}

/** Ends what runs when the executor is paused, in this process or by another one, and lets nothing begin until it is resumed. */
export class PauseSwitch {
  readonly #file: PauseFile;
  readonly #record: (pause: Pause | undefined) => void;
  readonly #running = new Set<AbortController>();
  readonly #listeners = new Set<(pause: Pause | undefined) => void>();
  readonly #timer: NodeJS.Timeout;
  /** Of a pause that could not be written: it holds in this process all the same. */
  #unwritten: Pause | undefined;
  #last: Pause | undefined;
  #changing: Promise<void> = Promise.resolve();

  /** @param record told of what this process does, not others */
  constructor(file: PauseFile, record: (pause: Pause | undefined) => void = () => undefined) {
    this.#file = file;
    this.#record = record;
    this.#last = file.current();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  get current(): Pause | undefined {
    return this.#look();
  }

  /**
   * @param work its signal aborts as `outer` does, with `executor_paused` when the executor is paused, and when it is over
   * @param isExempt whether no pause keeps it from anything
   * @throws ServonautError `executor_paused`, or what `work` throws
   */
  async during<Value>(
    outer: AbortSignal,
    work: (signal: AbortSignal) => Promise<Value>,
    isExempt = false,
  ): Promise<Value> {
    if (!isExempt) this.check();
    const stop = new AbortController();
    const onAbort = (): void => stop.abort(outer.reason);
    if (outer.aborted) onAbort();
    outer.addEventListener('abort', onAbort, { once: true });
    if (!isExempt) this.#running.add(stop);
    try {
      return await work(stop.signal);
    } finally {
      this.#running.delete(stop);
      outer.removeEventListener('abort', onAbort);
      // What was not waited for would go on where no pause meets it.
      stop.abort(WORK_IS_OVER);
    }
  }

  /** @throws ServonautError `executor_paused` */
  check(): void {
    const pause = this.#look();
    if (pause) throw pauseError(pause);
  }

  /** Stops at once what runs, then sees to it that it lasts. @throws ServonautError `config_invalid` when it will not outlive this process */
  async pause(reason?: string): Promise<void> {
    const since = new Date().toISOString();
    const pause = { since, reason };
    this.#unwritten = pause;
    this.#look();
    this.#record(pause);
    await this.#inTurn(() => this.#file.pause(reason, since));
    this.#isWritten(pause);
  }

  /** @throws ServonautError `config_invalid` when the executor is still paused */
  async resume(): Promise<void> {
    const ended = this.#unwritten;
    await this.#inTurn(() => this.#file.resume());
    this.#record(undefined);
    this.#isWritten(ended);
  }

  /** @param listener told when it is paused, and with undefined when it is resumed */
  onChange(listener: (pause: Pause | undefined) => void): void {
    this.#listeners.add(listener);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** One after the other: whatever the operator has said last holds. */
  #inTurn<Value>(change: () => Promise<Value>): Promise<Value> {
    const changed = this.#changing.then(change);
    this.#changing = changed.then(
      () => undefined,
      () => undefined,
    );
    return changed;
  }

  /** A pause that began meanwhile is not over. */
  #isWritten(pause: Pause | undefined): void {
    if (this.#unwritten === pause) this.#unwritten = undefined;
    this.#look();
  }

  #look(): Pause | undefined {
    const pause = this.#unwritten ?? this.#file.current();
    if (pause) this.#stopAll(pause);
    const hasChanged = (pause === undefined) !== (this.#last === undefined);
    this.#last = pause;
    if (hasChanged) for (const listener of this.#listeners) listener(pause);
    return pause;
  }

  #stopAll(pause: Pause): void {
    if (this.#running.size === 0) return;
    const error = pauseError(pause);
    for (const stop of this.#running) stop.abort(error);
    this.#running.clear();
  }
}
