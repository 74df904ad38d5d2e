import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ServonautError } from '@servonaut/contracts';
import type { PreparedEvent } from './audit-event.ts';
import { WaitingEvents } from './waiting-events.ts';

export interface ChainQueueOptions {
  /** How long somebody waits for an event to be stored, in milliseconds. */
  readonly waitMs: number;
  /** How long what nobody waits for may wait for company, in milliseconds. */
  readonly soonMs: number;
  /** Of all chains that are being stored; what one that refuses keeps is its own affair. */
  readonly all: WaitingEvents;
}

/** What is around one queue. */
export interface ChainQueueHooks {
  /** All or none; called again with the very same events after a failure. */
  append(events: readonly PreparedEvent[]): Promise<void>;
  stored(events: readonly PreparedEvent[]): void;
  /** Nothing waits any more; the queue is not used again unless it is asked for. */
  idle(): void;
}

interface Waiting {
  readonly events: readonly PreparedEvent[];
  readonly done: PromiseWithResolvers<void> | null;
}

/**
 * How long a statement waits for company, in milliseconds, when the one before it was for several: it costs nearly the same for many events as for
 * one.
 */
const COMPANY_MS = 2;
/** Most events that are stored together. */
const MOST_TOGETHER = 500;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** What waits for its place in one chain. One statement at a time is on its way; what comes meanwhile goes with the next. */
export class ChainQueue {
  readonly #hooks: ChainQueueHooks;
  readonly #options: ChainQueueOptions;
  readonly #logger = new Logger('AuditTrail');
  readonly #stopping = new AbortController();
  readonly #own = new WaitingEvents();
  #waiting: Waiting[] = [];
  #running: Promise<void> | null = null;
  #soon: NodeJS.Timeout | null = null;
  #refusal: ServonautError | null = null;
  #hasCompany = false;

  constructor(hooks: ChainQueueHooks, options: ChainQueueOptions) {
    this.#hooks = hooks;
    this.#options = options;
  }

  /** Of whoever comes while the last attempt has failed or is taking too long. */
  get refusal(): ServonautError | null {
    return this.#refusal;
  }

  /** What waits in this chain, on its way too. */
  get own(): WaitingEvents {
    return this.#own;
  }

  /** Resolves when the events are stored. @throws ServonautError `audit_unavailable` when that failed or takes too long */
  store(events: readonly PreparedEvent[]): Promise<void> {
    const done = Promise.withResolvers<void>();
    this.#add({ events, done });
    this.#running ??= this.#run();
    return done.promise;
  }

  storeSoon(events: readonly PreparedEvent[]): void {
    this.#add({ events, done: null });
    if (!this.#running) this.#runSoon();
  }

  /** Resolves when what waits now is stored, or could not be. */
  async settle(): Promise<void> {
    if (this.#refusal) return;
    await this.store([]).catch((error: Error) => this.#logger.debug(error.message));
  }

  /** Resolves when nothing waits any more. What fails once more from now on is given up. */
  async flush(): Promise<void> {
    if (this.#waiting.length === 0 && !this.#running) return;
    this.#stopping.abort();
    await (this.#running ??= this.#run());
  }

  #add(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#own.add(waiting.events);
    if (!this.#refusal) this.#options.all.add(waiting.events);
  }

  async #run(): Promise<void> {
    if (this.#soon) clearTimeout(this.#soon);
    this.#soon = null;
    do {
      // What the event is about goes out first, though the database of a coordinator that runs alone is on this very thread.
      await (this.#hasCompany ? delay(COMPANY_MS) : nextTurn());
      if (!(await this.#storeBatch(this.#nextBatch()))) return this.#hooks.idle();
    } while (this.#isUrgent());
    this.#running = null;
    if (this.#waiting.length > 0) this.#runSoon();
    else this.#hooks.idle();
  }

  /** What nobody waits for is in no hurry: with the next call it is stored for less. */
  #isUrgent(): boolean {
    if (this.#stopping.signal.aborted) return this.#waiting.length > 0;
    return this.#waiting.some(({ done }) => done !== null);
  }

  #runSoon(): void {
    this.#soon ??= setTimeout(() => void (this.#running ??= this.#run()), this.#options.soonMs).unref();
  }

  #nextBatch(): Waiting[] {
    let count = 0;
    const fitting = this.#waiting.findIndex(({ events }) => (count += events.length) > MOST_TOGETHER);
    return this.#waiting.splice(0, fitting === -1 ? this.#waiting.length : Math.max(1, fitting));
  }

  /** @returns false when it was given up, since the process stops */
  async #storeBatch(batch: readonly Waiting[]): Promise<boolean> {
    const events = batch.flatMap((waiting) => waiting.events);
    this.#hasCompany = batch.filter(({ done }) => done !== null).length > 1;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS)) {
      if (await this.#attempt(events, batch)) break;
      if (this.#stopping.signal.aborted) return false;
      await delay(pauseMs, undefined, { ref: false, signal: this.#stopping.signal }).catch(() => undefined);
    }
    this.#served(events);
    this.#hooks.stored(events);
    for (const { done } of batch) done?.resolve();
    return true;
  }

  async #attempt(events: readonly PreparedEvent[], batch: readonly Waiting[]): Promise<boolean> {
    const { waitMs } = this.#options;
    const late = setTimeout(() => this.#refuse(batch, `not within ${waitMs} ms`), waitMs).unref();
    try {
      if (events.length > 0) await this.#hooks.append(events);
      return true;
    } catch (error) {
      this.#refuse(batch, reasonOf(error as Error), error);
      return false;
    } finally {
      clearTimeout(late);
    }
  }

  #served(events: readonly PreparedEvent[]): void {
    const { all } = this.#options;
    if (this.#refusal) all.addAll(this.#own);
    this.#refusal = null;
    this.#own.remove(events);
    all.remove(events);
  }

  /** Nobody waits any longer; the events stay, to be tried again. */
  #refuse(batch: readonly Waiting[], why: string, cause?: unknown): void {
    if (!this.#refusal) {
      this.#logger.error(`the audit cannot be written, calls are refused: ${why}`);
      this.#options.all.removeAll(this.#own);
    }
    const refusal =
      cause instanceof ServonautError ? cause : new ServonautError('audit_unavailable', { detail: why, cause });
    this.#refusal = refusal;
    for (const { done } of [...batch, ...this.#waiting]) done?.reject(refusal);
  }
}

/** What the database has said. Around it stands the statement with all that was to be stored, which is not for a log. */
function reasonOf(error: Error): string {
  if (error instanceof ServonautError) return `${error.message} ${error.nextStep}`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
