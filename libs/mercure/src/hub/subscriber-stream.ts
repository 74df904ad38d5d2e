import type { ServerResponse } from 'node:http';
import { HEARTBEAT } from '../sse-encoder.ts';
import { matchesAny, type TopicSelector } from '../topic-selector.ts';
import type { StoredUpdate } from './update-history.ts';

/** How far a subscriber may fall behind before it is cut. */
export interface BufferLimits {
  readonly updates: number;
  readonly bytes: number;
}

export interface SubscriberStreamOptions {
  readonly response: ServerResponse;
  readonly selectors: readonly TopicSelector[];
  /** What the token grants: without it only public updates are received. */
  readonly granted: readonly TopicSelector[];
  /** Whom the token names; undefined when it names nobody, or there is none. */
  readonly subject: string | undefined;
  /** When the stream has to end, in milliseconds of the hub's clock. */
  readonly endsAt: number;
  readonly limits: BufferLimits;
}

/** One open stream. Thousands of them idle in one process: plain fields, no closure and no timer of their own. */
export class SubscriberStream {
  readonly selectors: readonly TopicSelector[];
  readonly granted: readonly TopicSelector[];
  readonly subject: string | undefined;
  readonly endsAt: number;
  /** When something was last written, in milliseconds of the hub's clock. */
  lastWriteAt: number;
  readonly #response: ServerResponse;
  readonly #limits: BufferLimits;
  /** Present while the socket takes no more: what it still has to get. */
  #backlog: Buffer[] | undefined;
  #backlogBytes = 0;

  constructor(options: SubscriberStreamOptions, now: number) {
    this.selectors = options.selectors;
    this.subject = options.subject;
    this.endsAt = options.endsAt;
    this.lastWriteAt = now;
    this.#response = options.response;
    this.granted = options.granted;
    this.#limits = options.limits;
  }

  /** The grant is checked first: a costly selector of a stranger's is never run against private topics. */
  receives(update: StoredUpdate): boolean {
    if (update.private && !matchesAny(this.granted, update.topics)) return false;
    return matchesAny(this.selectors, update.topics);
  }

  /** Sends what was missed. It does not count as falling behind; the history has bounds of its own. */
  replay(updates: readonly StoredUpdate[]): void {
    for (const update of updates) this.#write(update.frame);
  }

  /** @returns false when the subscriber was too slow and has been cut. */
  send(frame: Buffer, now: number): boolean {
    const isBehind = this.#backlog !== undefined && this.#backlog.length >= this.#limits.updates;
    if (isBehind || this.#backlogBytes + frame.length > this.#limits.bytes) {
      this.#response.destroy();
      return false;
    }
    this.lastWriteAt = now;
    this.#write(frame);
    return true;
  }

  /** A blocked stream needs no sign of life: it has one on its way. */
  heartbeat(now: number): void {
    this.lastWriteAt = now;
    if (this.#backlog === undefined) this.#write(HEARTBEAT);
  }

  /** Ends cleanly where the subscriber keeps up; one that does not would keep the end waiting for ever. */
  end(): void {
    if (this.#backlog === undefined) this.#response.end();
    else this.#response.destroy();
  }

  #write(frame: Buffer | string): void {
    if (this.#backlog !== undefined && typeof frame !== 'string') {
      this.#backlog.push(frame);
      this.#backlogBytes += frame.length;
    } else if (!this.#response.write(frame)) {
      this.#backlog = [];
      this.#response.once('drain', () => {
        this.#drain();
      });
    }
  }

  #drain(): void {
    const waiting = this.#backlog ?? [];
    this.#backlog = undefined;
    this.#backlogBytes = 0;
    for (const frame of waiting) this.#write(frame);
  }
}
