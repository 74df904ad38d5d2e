import { Backoff, type BackoffOptions } from './backoff.ts';
import { type Clock, systemClock } from './clock.ts';
import { type ReceivedUpdate, readEventStream } from './event-stream.ts';
import { type HubProtocol, openStream } from './hub-connection.ts';
import { MercureError } from './mercure-error.ts';

export type SubscriptionState = 'connecting' | 'open' | 'waiting' | 'closed';

export interface OpenInfo {
  /**
   * What became of the updates since the cursor: `none` asked for, `complete` when the hub knew the cursor, `unknown`
   * when it did not say so. After `unknown`, ask whoever publishes: updates may be lost.
   */
  readonly replay: 'none' | 'complete' | 'unknown';
}

export interface StateInfo {
  /** Why the last attempt or stream ended, when that was not a clean end. */
  readonly error?: MercureError;
  /** With `waiting`: milliseconds until the next attempt. */
  readonly retryInMs?: number;
}

export interface SubscribeOptions {
  /** Address of the hub, usually ending in `/.well-known/mercure`. */
  readonly hubUrl: string;
  /** Topic selectors, at least one. */
  readonly topics: readonly string[];
  /** Asked before every connect, so that each stream starts with a fresh token. It has to bound its own time. */
  readonly token: () => Promise<string>;
  /** Called in the order of arrival. An exception ends the subscription and rejects `closed`. */
  readonly onUpdate: (update: ReceivedUpdate) => void;
  readonly onOpen?: (info: OpenInfo) => void;
  readonly onState?: (state: SubscriptionState, info: StateInfo) => void;
  /** Where to resume; `earliest` asks for the whole history. */
  readonly lastEventId?: string;
  readonly backoff?: BackoffOptions;
  /** Longest silence of a stream, in milliseconds; must exceed the hub's heartbeat of 40 s. Default 90,000. */
  readonly watchdogMs?: number;
  /** Time for the hub to answer a connect, in milliseconds. Default 10,000. */
  readonly connectTimeoutMs?: number;
  /** A stream that lived this long, in milliseconds, was really open: the back-off starts anew. Default 1,000. */
  readonly steadyMs?: number;
  /** Longest event, in characters. Default 8 Mi. */
  readonly maxEventLength?: number;
  /** Protocol of the hub. Default `0.x`. */
  readonly hubProtocol?: HubProtocol;
  readonly fetch?: typeof fetch;
  readonly random?: () => number;
  readonly clock?: Clock;
  /** Closes the subscription when aborted. */
  readonly signal?: AbortSignal;
}

export interface Subscription {
  /** Ends the stream at once and for good. */
  close(): void;
  /** Resolves once closed; rejects only with what `onUpdate` threw. */
  readonly closed: Promise<void>;
  /** Id of the last update handed to `onUpdate`, unless it is over 1,024 characters long: then of one before. */
  readonly lastEventId: string | undefined;
}

const DEFAULTS = { watchdogMs: 90_000, connectTimeoutMs: 10_000, steadyMs: 1_000, maxEventLength: 8 * 1024 * 1024 };
/** A hub may ask for patience with `retry:`, but not for ever: one bad value must not silence a subscriber. */
const MAX_RETRY_FLOOR_MS = 300_000;
/** Longest id, in characters, that becomes the cursor: servers refuse requests with longer headers. */
const MAX_CURSOR_LENGTH = 1_024;

/**
 * Subscribes until closed, over any number of streams: a hub ends each of them after some minutes by design, so a clean
 * end reconnects at once, and everything else reconnects after a back-off.
 * @throws MercureError `invalid` when there is no topic or the address is not a URL.
 */
export function subscribe(options: SubscribeOptions): Subscription {
  if (options.topics.length === 0) throw new MercureError('invalid', 'A subscription needs a topic.');
  if (!URL.canParse(options.hubUrl)) throw new MercureError('invalid', 'The address of the hub is not a URL.');
  return new ReconnectingSubscription(options);
}

class ReconnectingSubscription implements Subscription {
  readonly closed: Promise<void>;
  lastEventId: string | undefined;
  readonly #options: SubscribeOptions & typeof DEFAULTS;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  readonly #lifetime = new AbortController();
  #connection = new AbortController();
  #retryFloorMs = 0;

  constructor(options: SubscribeOptions) {
    this.#options = { ...DEFAULTS, ...options };
    this.#clock = options.clock ?? systemClock;
    this.#backoff = new Backoff(options.backoff ?? {}, options.random ?? Math.random);
    this.lastEventId = options.lastEventId;
    const close = (): void => {
      this.close();
    };
    if (options.signal?.aborted) this.close();
    options.signal?.addEventListener('abort', close);
    this.closed = this.#run().finally(() => {
      options.signal?.removeEventListener('abort', close);
      this.close();
      this.#report('closed', {});
    });
  }

  close(): void {
    this.#lifetime.abort();
    this.#connection.abort();
  }

  get #isClosed(): boolean {
    return this.#lifetime.signal.aborted;
  }

  async #run(): Promise<void> {
    while (!this.#isClosed) {
      const { error, steady } = await this.#connectOnce();
      if (this.#isClosed) return;
      if (steady) this.#backoff.reset();
      // A stream that ends at once, however cleanly, would make this a tight loop.
      const waitMs = Math.max(steady && !error ? 0 : this.#backoff.next(), this.#retryFloorMs);
      if (waitMs > 0 || error) await this.#wait(waitMs, error);
    }
  }

  async #connectOnce(): Promise<{ error?: MercureError; steady: boolean }> {
    let openedAt: number | undefined;
    const isSteady = (): boolean => openedAt !== undefined && this.#clock.now() - openedAt >= this.#options.steadyMs;
    try {
      this.#report('connecting', {});
      const body = await this.#open();
      openedAt = this.#clock.now();
      await this.#read(body);
      return { steady: isSteady() };
    } catch (error) {
      if (error instanceof MercureError) return { error, steady: isSteady() };
      throw error instanceof HandlerFailure ? error.cause : error;
    }
  }

  async #open(): Promise<ReadableStream<Uint8Array>> {
    const { fetch = globalThis.fetch, hubProtocol = '0.x' } = this.#options;
    const token = await this.#freshToken();
    const asked = this.lastEventId;
    const connection = (this.#connection = new AbortController());
    if (this.#isClosed) connection.abort();
    const request = { ...this.#options, fetch, hubProtocol, token, lastEventId: asked, connection };
    const stream = await openStream({ ...request, clock: this.#clock });
    this.#report('open', {});
    this.#options.onOpen?.({
      replay: asked === undefined ? 'none' : stream.lastEventId === asked ? 'complete' : 'unknown',
    });
    return stream.body;
  }

  async #freshToken(): Promise<string> {
    try {
      return await this.#options.token();
    } catch (cause) {
      throw new MercureError('token', 'No token could be had for the hub.', { cause });
    }
  }

  async #read(body: ReadableStream<Uint8Array>): Promise<void> {
    const handlers = {
      onUpdate: (update: ReceivedUpdate) => {
        this.#deliver(update);
      },
      onRetry: (delayMs: number) => {
        this.#retryFloorMs = Math.min(delayMs, MAX_RETRY_FLOOR_MS);
      },
    };
    const { watchdogMs, maxEventLength } = this.#options;
    await readEventStream(body, handlers, { watchdogMs, eventLength: maxEventLength }, this.#clock);
  }

  /** The cursor moves after the handler returned: an update that broke the handler is replayed, not skipped. */
  #deliver(update: ReceivedUpdate): void {
    if (this.#isClosed) return;
    try {
      this.#options.onUpdate(update);
    } catch (cause) {
      throw new HandlerFailure(cause);
    }
    if (update.id !== undefined && update.id.length <= MAX_CURSOR_LENGTH) this.lastEventId = update.id;
  }

  async #wait(retryInMs: number, error: MercureError | undefined): Promise<void> {
    this.#report('waiting', error ? { retryInMs, error } : { retryInMs });
    await new Promise<void>((resolve) => {
      const timer = this.#clock.setTimeout(done, retryInMs);
      const signal = this.#lifetime.signal;
      const clock = this.#clock;
      function done(): void {
        clock.clearTimeout(timer);
        signal.removeEventListener('abort', done);
        resolve();
      }
      signal.addEventListener('abort', done);
      if (signal.aborted) done();
    });
  }

  #report(state: SubscriptionState, info: StateInfo): void {
    this.#options.onState?.(state, info);
  }
}

/** Keeps an exception of the caller's own apart from failures of the stream. */
class HandlerFailure extends Error {
  override readonly name = 'HandlerFailure';
  constructor(cause: unknown) {
    super('onUpdate threw', { cause });
  }
}
