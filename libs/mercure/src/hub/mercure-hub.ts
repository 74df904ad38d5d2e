import type { IncomingMessage, ServerResponse } from 'node:http';
import { v7 as uuidv7 } from 'uuid';
import { fromHeaderText, toHeaderText } from '../header-text.ts';
import { MercureError } from '../mercure-error.ts';
import { encodeUpdate, HEARTBEAT } from '../sse-encoder.ts';
import { compileTopicSelector, coversAll } from '../topic-selector.ts';
import { assertValidUpdate, PROTOCOL_LIMITS, type Update } from '../update.ts';
import { findToken } from './bearer-token.ts';
import { GrantVerifier } from './grant-verifier.ts';
import { HUB_DEFAULTS, type MercureHubOptions } from './hub-options.ts';
import type { MercureGrant } from './mercure-claim.ts';
import { readPublishForm } from './publish-form.ts';
import { SubscriberIndex } from './subscriber-index.ts';
import { SubscriberStream } from './subscriber-stream.ts';
import { type StoredUpdate, UpdateHistory } from './update-history.ts';

/** Longest time between two looks at all streams, in milliseconds: how late a heartbeat or an end may be. */
const MAX_SWEEP_MS = 250;
/** A stream lives 80 to 100 % of what it might, so that subscribers that came together do not leave together. */
const SHORTEST_LIFE = 0.8;

const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream',
  'Cache-Control': 'private, no-cache, no-store, must-revalidate, max-age=0',
  // Nginx would otherwise hold updates back until a buffer is full.
  'X-Accel-Buffering': 'no',
};

/**
 * A Mercure hub (protocol 0.x as of the reference hub 0.24) within this process.
 *
 * `handle` serves `/.well-known/mercure` under node:http and under express alike; it sends no CORS headers, so browsers
 * of other origins can not use it. State is in memory: a restart forgets the history and ends the streams.
 */
export class MercureHub {
  readonly #options: Required<Omit<MercureHubOptions, 'logger'>> & Pick<MercureHubOptions, 'logger'>;
  readonly #publishers: GrantVerifier;
  readonly #subscribers: GrantVerifier;
  readonly #streams = new SubscriberIndex();
  readonly #history: UpdateHistory;
  readonly #sweeper: NodeJS.Timeout;
  #isClosed = false;
  /** Changes when subjects fall out of favour: what was answered about one before may not hold any more. */
  #dismissals = 0;

  /** @throws MercureError `invalid` when a key is shorter than 32 bytes. */
  constructor(options: MercureHubOptions) {
    this.#options = { ...HUB_DEFAULTS, ...options };
    const { now, historySize, historyBytes, heartbeatMs } = this.#options;
    this.#publishers = new GrantVerifier(options.publisherKey, now);
    this.#subscribers = new GrantVerifier(options.subscriberKey, now);
    this.#history = new UpdateHistory(historySize, historyBytes);
    this.#sweeper = setInterval(
      () => {
        this.#sweep();
      },
      Math.min(MAX_SWEEP_MS, heartbeatMs / 4),
    );
    this.#sweeper.unref();
  }

  /** Number of open streams. */
  get subscriberCount(): number {
    return this.#streams.size;
  }

  /**
   * Sends an update to all who may receive it now and keeps it for those who come back. It needs no token: whoever holds
   * the hub is the publisher.
   * @returns the update's id.
   * @throws MercureError `invalid` for an update that breaks the protocol, `closed` after `close`.
   */
  publish(update: Update): string {
    assertValidUpdate(update);
    return this.#dispatch(update);
  }

  /**
   * Ends the streams of the subjects that are no longer to be let in. Say it after `admit` has come to refuse them: whoever is being let in at this
   * moment is asked about once more.
   */
  dismiss(isMeant: (subject: string | undefined) => boolean): void {
    this.#dismissals += 1;
    for (const stream of this.#streams) if (isMeant(stream.subject)) this.#end(stream);
  }

  /** Answers one request; never rejects. Mount it before any body parser, or behind one for urlencoded forms. */
  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#route(request, response);
    } catch (error) {
      this.#fail(response, error);
    }
  }

  /** Ends all streams and refuses further requests with 503. */
  close(): void {
    this.#isClosed = true;
    clearInterval(this.#sweeper);
    for (const stream of this.#streams) this.#end(stream);
  }

  async #route(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.#isClosed) throw new MercureError('closed', 'Service Unavailable', { status: 503 });
    if (request.method === 'POST') return this.#servePublish(request, response);
    if (request.method === 'GET' || request.method === 'HEAD') return this.#serveSubscribe(request, response);
    response.setHeader('Allow', 'GET, HEAD, POST');
    answer(response, 405, 'Method Not Allowed');
  }

  async #servePublish(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const grant = await this.#grantOf(request, queryOf(request), this.#publishers);
    if (grant?.publish === undefined) throw unauthorized();
    const update = await readPublishForm(request, this.#options.bodyBytes);
    if (!coversAll(grant.publish, update.topics)) throw unauthorized();
    answer(response, 200, this.#dispatch(update));
  }

  async #serveSubscribe(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const query = queryOf(request);
    const grant = await this.#grantOf(request, query, this.#subscribers);
    if (grant === undefined && !this.#options.anonymous) throw unauthorized();
    let asked: number;
    do {
      asked = this.#dismissals;
      if (!(await this.#options.admit(grant?.subject))) throw unauthorized();
    } while (asked !== this.#dismissals);
    // Nothing waits from here on: whoever is dismissed now is found among the streams.
    const topics = query.getAll('topic');
    if (topics.length === 0) throw badRequest('Missing "topic" parameter.');
    if (topics.length > PROTOCOL_LIMITS.selectorsPerSubscription) throw badRequest('Too many "topic" parameters.');
    if (this.#isFull(grant)) throw new MercureError('unavailable', 'Service Unavailable', { status: 503 });
    // The token was verified asynchronously: the client may be gone, and its `close` would never come.
    if (response.destroyed || response.socket?.destroyed !== false) return;
    this.#open(request, response, this.#streamFor(response, topics, grant), cursorOf(request, query));
  }

  /** @returns undefined when no token was offered. @throws MercureError 401 for one that is not valid. */
  async #grantOf(
    request: IncomingMessage,
    query: URLSearchParams,
    verifier: GrantVerifier,
  ): Promise<MercureGrant | undefined> {
    const offered = findToken(request, query, this.#options.publishOrigins);
    if (offered.kind === 'none') return undefined;
    const grant = offered.kind === 'token' ? await verifier.verify(offered.token) : undefined;
    if (grant === undefined) throw unauthorized();
    return grant;
  }

  /** Counted by what the token says, not by what is asked for: that is free to vary. */
  #isFull(grant: MercureGrant | undefined): boolean {
    const { maxSubscribers, maxSubscribersPerGrant, maxSubscribersPerSubject } = this.#options;
    if (this.subscriberCount >= maxSubscribers) return true;
    if (grant === undefined) return false;
    return (
      this.#streams.countOfGrant(grant.subscribe) >= maxSubscribersPerGrant ||
      this.#streams.countOfSubject(grant.subject) >= maxSubscribersPerSubject
    );
  }

  #streamFor(response: ServerResponse, topics: readonly string[], grant: MercureGrant | undefined): SubscriberStream {
    const { now, random, streamMaxMs, subscriberBufferSize, subscriberBufferBytes } = this.#options;
    const startedAt = now();
    const lifeMs = Math.min(streamMaxMs, (grant?.expiresAt ?? Infinity) - startedAt);
    const options = {
      response,
      selectors: topics.map(compileTopicSelector),
      granted: grant?.subscribe ?? [],
      subject: grant?.subject,
      endsAt: startedAt + lifeMs * (SHORTEST_LIFE + (1 - SHORTEST_LIFE) * random()),
      limits: { updates: subscriberBufferSize, bytes: subscriberBufferBytes },
    };
    return new SubscriberStream(options, startedAt);
  }

  /** Runs in one go, so that no update can fall between what is replayed and what is sent live. */
  #open(request: IncomingMessage, response: ServerResponse, stream: SubscriberStream, cursor: string): void {
    const missed = cursor ? this.#history.after(cursor) : [];
    const known = missed === undefined ? 'earliest' : cursor;
    response.writeHead(200, cursor ? { ...STREAM_HEADERS, 'Last-Event-ID': toHeaderText(known) } : STREAM_HEADERS);
    if (request.method === 'HEAD') {
      response.end();
      return;
    }
    response.write(HEARTBEAT);
    this.#streams.add(stream);
    response.on('close', () => {
      this.#streams.delete(stream);
    });
    stream.replay((missed ?? []).filter((update) => stream.receives(update)));
  }

  #dispatch(update: Update): string {
    if (this.#isClosed) throw new MercureError('closed', 'Service Unavailable', { status: 503 });
    const id = update.id || `urn:uuid:${uuidv7()}`;
    const frame = Buffer.from(encodeUpdate(id, update));
    const stored: StoredUpdate = { id, topics: update.topics, private: update.private, frame };
    this.#history.add(stored);
    const now = this.#options.now();
    for (const stream of this.#streams.receivers(stored)) {
      // However late the sweep is, nothing goes out under an expired token.
      if (now >= stream.endsAt) this.#end(stream);
      else if (!stream.send(frame, now)) this.#cut(stream);
    }
    return id;
  }

  #cut(stream: SubscriberStream): void {
    this.#streams.delete(stream);
    this.#options.logger?.warn('A subscriber was too slow and has been cut.');
  }

  /** Leaves the index at once: nothing may be written after the end. */
  #end(stream: SubscriberStream): void {
    this.#streams.delete(stream);
    stream.end();
  }

  /** One timer for all streams: thousands of idle ones cost a comparison each, not a timer each. */
  #sweep(): void {
    const now = this.#options.now();
    for (const stream of this.#streams) {
      // Early rather than late: an expired token must not receive anything.
      if (now + MAX_SWEEP_MS >= stream.endsAt) this.#end(stream);
      else if (now - stream.lastWriteAt >= this.#options.heartbeatMs) stream.heartbeat(now);
    }
  }

  #fail(response: ServerResponse, error: unknown): void {
    if (response.destroyed) return;
    const status = error instanceof MercureError ? error.status : undefined;
    if (status === undefined) this.#options.logger?.error('A request to the hub failed.', error);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    if (status === 503) response.setHeader('Retry-After', '1');
    if (status === 413) response.setHeader('Connection', 'close');
    answer(response, status ?? 500, error instanceof MercureError ? error.message : 'Internal Server Error');
  }
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  });
  response.end(text);
}

function unauthorized(): MercureError {
  return new MercureError('unauthorized', 'Unauthorized', { status: 401 });
}

function badRequest(message: string): MercureError {
  return new MercureError('invalid', message, { status: 400 });
}

function queryOf(request: IncomingMessage): URLSearchParams {
  const url = request.url ?? '';
  const start = url.indexOf('?');
  return new URLSearchParams(start < 0 ? '' : url.slice(start));
}

function cursorOf(request: IncomingMessage, query: URLSearchParams): string {
  const header = request.headersDistinct['last-event-id']?.[0];
  return header ? fromHeaderText(header) : (query.get('lastEventID') ?? '');
}
