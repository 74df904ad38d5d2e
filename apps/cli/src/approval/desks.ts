import { ServonautError } from '@servonaut/contracts';
import { DeskClient } from './desk-client.ts';
import { deskPaths } from './desk-path.ts';
import type { ApprovalAnswer, ApprovalCounter, ShownApproval } from './shown-approval.ts';

/** How often it is looked for processes that have begun, in milliseconds. */
const LOOK_MS = 1_000;

/** The desks of all processes of a profile that run calls, as one. */
export class Desks implements ApprovalCounter {
  /** Settles when the last of the other processes is there no more, or it can no longer be looked for any. */
  readonly closed: Promise<void>;
  readonly #stateDir: string;
  readonly #desks = new Map<string, DeskClient>();
  readonly #listeners = new Set<() => void>();
  readonly #gone = Promise.withResolvers<void>();
  #isAttending = false;
  #isClosed = false;
  #looking: NodeJS.Timeout | undefined;

  private constructor(stateDir: string) {
    this.#stateDir = stateDir;
    this.closed = this.#gone.promise;
  }

  /** @returns when it knows what waits. @throws ServonautError `executor_offline` when no process of the profile runs any */
  static async open(stateDir: string): Promise<Desks> {
    const desks = new Desks(stateDir);
    const [failure = new ServonautError('executor_offline')] = await desks.#look();
    if (desks.#desks.size === 0) throw failure;
    return desks;
  }

  /** Somebody looks as long as this is open, also at what the processes ask that begin from now on. */
  attend(): void {
    this.#isAttending = true;
    for (const desk of this.#desks.values()) desk.attend();
    this.#lookLater();
  }

  get waiting(): readonly ShownApproval[] {
    return [...this.#desks.values()].flatMap(({ waiting }) => waiting);
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Two processes may be asked the very same. */
  async answer(hash: string, answer: ApprovalAnswer): Promise<void> {
    const all = [...this.#desks.values()];
    const asked = all.filter(({ waiting }) => waiting.some((one) => one.hash === hash));
    // What is asked nowhere any more, each of them refuses in the same words; a pause is for all.
    const told = asked.length > 0 ? asked : all.slice(0, 1);
    await Promise.all(told.map((desk) => desk.answer(hash, answer)));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#looking);
    for (const desk of this.#desks.values()) desk.close();
  }

  #lookLater(): void {
    clearTimeout(this.#looking);
    if (this.#isClosed) return;
    this.#looking = setTimeout(() => void this.#look().then(() => this.#lookLater(), this.#gone.reject), LOOK_MS);
  }

  /** @returns why those could not be opened that could not: what has just ended, or is about to begin, say */
  async #look(): Promise<readonly ServonautError[]> {
    const unknown = deskPaths(this.#stateDir).filter((path) => !this.#desks.has(path));
    const opened = await Promise.allSettled(unknown.map((path) => this.#open(path)));
    return opened.flatMap((one) => (one.status === 'rejected' ? [one.reason as ServonautError] : []));
  }

  async #open(path: string): Promise<void> {
    const desk = await DeskClient.open(path);
    if (this.#isClosed) return desk.close();
    this.#desks.set(path, desk);
    if (this.#isAttending) desk.attend();
    desk.onChange(() => this.#changed());
    void desk.closed.then(() => this.#forget(path));
    this.#changed();
  }

  #forget(path: string): void {
    this.#desks.delete(path);
    this.#changed();
    if (this.#desks.size === 0) this.#gone.resolve();
  }

  #changed(): void {
    for (const listener of this.#listeners) listener();
  }
}
