import { createServer, type RequestListener, type Server } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { TestClock, waitFor } from '@servonaut/testkit';
import { HttpPublisher } from './http-publisher.ts';
import type { ReceivedUpdate } from './event-stream.ts';
import {
  type StateInfo,
  subscribe,
  type SubscribeOptions,
  type Subscription,
  type SubscriptionState,
} from './subscriber.ts';
import {
  closed,
  describeEachHub,
  type HubSettings,
  type HubUnderTest,
  listen,
  TEST_KEYS,
} from './testing/hubs-under-test.ts';
import { publisherToken, subscriberToken } from './testing/tokens.ts';

interface Watched extends Subscription {
  readonly updates: ReceivedUpdate[];
  readonly states: { readonly state: SubscriptionState; readonly info: StateInfo }[];
  readonly replays: string[];
}

const subscriptions: Subscription[] = [];
const stops: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const subscription of subscriptions.splice(0)) {
    subscription.close();
    await subscription.closed.catch(() => undefined);
  }
  await Promise.all(stops.splice(0).map((stop) => stop()));
});

function watch(hubUrl: string, options: Partial<SubscribeOptions> = {}): Watched {
  const updates: ReceivedUpdate[] = [];
  const states: Watched['states'] = [];
  const replays: string[] = [];
  const subscription = subscribe({
    hubUrl,
    topics: ['a'],
    token: () => subscriberToken(TEST_KEYS),
    onUpdate: (update) => void updates.push(update),
    onState: (state, info) => void states.push({ state, info }),
    onOpen: ({ replay }) => void replays.push(replay),
    backoff: { baseMs: 20, maxMs: 200 },
    steadyMs: 100,
    ...options,
  });
  subscriptions.push(subscription);
  return Object.assign(subscription, { updates, states, replays });
}

const kindsOf = ({ states }: Watched) => states.flatMap(({ info }) => info.error?.kind ?? []);
const isOpen = ({ states }: Watched) => states.at(-1)?.state === 'open';

describeEachHub('a subscription to the $name', ({ start }) => {
  async function startHub(settings: HubSettings = {}): Promise<HubUnderTest> {
    const hub = await start({ keys: TEST_KEYS, ...settings });
    stops.push(() => hub.stop());
    return hub;
  }
  function publisherFor(hub: HubUnderTest): HttpPublisher {
    const publisher = new HttpPublisher({ hubUrl: hub.url, token: () => publisherToken(hub) });
    stops.push(async () => publisher.close());
    return publisher;
  }

  it('hands over id, type and data', async () => {
    const hub = await startHub();
    const subscription = watch(hub.url);
    await waitFor(() => isOpen(subscription), { what: 'the stream' });
    const publisher = publisherFor(hub);
    const id = await publisher.publish({ topics: ['a'], data: 'one\ntwo', private: true });
    await publisher.publish({ topics: ['a'], data: 'é', private: true, id: 'é-1', type: 'news' });
    await waitFor(() => subscription.updates.length === 2, { what: 'both updates' });
    expect(subscription.updates).toEqual([
      { id, type: 'message', data: 'one\ntwo' },
      { id: 'é-1', type: 'news', data: 'é' },
    ]);
    expect(subscription.lastEventId).toBe('é-1');
  });

  it('loses and doubles nothing over the clean ends of its streams, and takes a fresh token for each', async () => {
    const hub = await startHub({ streamMaxMs: 1_000 });
    let tokens = 0;
    const token = () => {
      tokens += 1;
      return subscriberToken(hub);
    };
    const subscription = watch(hub.url, { token });
    await waitFor(() => isOpen(subscription), { what: 'the stream' });
    const publisher = publisherFor(hub);
    const ids: string[] = [];
    while (subscription.replays.length < 3)
      ids.push(await publisher.publish({ topics: ['a'], data: 'x', private: true }));
    await waitFor(() => subscription.updates.length >= ids.length, { what: 'all updates' });
    expect(subscription.updates.map(({ id }) => id)).toEqual(ids);
    expect(kindsOf(subscription)).toEqual([]);
    expect(subscription.replays).toEqual(['none', 'complete', 'complete']);
    expect(tokens).toBe(3);
  });

  it('says that updates may be lost when the hub does not know its cursor', async () => {
    const hub = await startHub();
    const subscription = watch(hub.url, { lastEventId: 'from another life é' });
    await waitFor(() => isOpen(subscription), { what: 'the stream' });
    expect(subscription.replays).toEqual(['unknown']);
  });

  it('reports a refused token and heals with a fresh one', async () => {
    const hub = await startHub();
    const tokens = [subscriberToken(hub, ['*'], { expiresIn: -60 }), subscriberToken(hub)];
    const subscription = watch(hub.url, { token: () => tokens.shift() ?? subscriberToken(hub) });
    await waitFor(() => isOpen(subscription), { what: 'the stream' });
    expect(subscription.states.find(({ info }) => info.error)?.info.error).toMatchObject({
      kind: 'unauthorized',
      status: 401,
    });
  });

  it('comes back by itself after the hub was restarted', async () => {
    const first = await startHub();
    const subscription = watch(first.url);
    await waitFor(() => isOpen(subscription), { what: 'the stream' });
    await first.stop();
    await waitFor(() => kindsOf(subscription).length, { what: 'the failure' });
    const second = await startHub({ port: Number(new URL(first.url).port) });
    await waitFor(() => isOpen(subscription), { what: 'the stream' });
    await publisherFor(second).publish({ topics: ['a'], data: 'again', private: true });
    await waitFor(() => subscription.updates.length, { what: 'the update' });
    expect(new Set(kindsOf(subscription))).toEqual(new Set(['network']));
  });

  it('ends at once when it is closed, and when its signal is aborted', async () => {
    const hub = await startHub();
    const controller = new AbortController();
    for (const [subscription, end] of [
      [watch(hub.url, { signal: controller.signal }), () => controller.abort()],
      [watch(hub.url), () => subscriptions.at(-1)?.close()],
    ] as const) {
      await waitFor(() => isOpen(subscription), { what: 'the stream' });
      end();
      await subscription.closed;
      expect(subscription.states.at(-1)?.state).toBe('closed');
    }
  });
});

describe('a subscription', () => {
  async function serve(handler: RequestListener): Promise<string> {
    const server: Server = createServer(handler);
    stops.push(() => closed(server));
    return listen(server);
  }
  const stream: RequestListener = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(':\n');
  };

  it.each([
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [400, 'refused'],
    [404, 'refused'],
    [302, 'refused'],
    [429, 'unavailable'],
    [503, 'unavailable'],
  ])('reports status %i as %s and tries again', async (status, kind) => {
    const url = await serve((_request, response) => response.writeHead(status, { location: '/elsewhere' }).end());
    const subscription = watch(url);
    await waitFor(() => kindsOf(subscription).length >= 2, { what: 'two attempts' });
    expect(new Set(kindsOf(subscription))).toEqual(new Set([kind]));
  });

  it('reports what is no event stream', async () => {
    const subscription = watch(await serve((_request, response) => response.end('<h1>Welcome</h1>')));
    await waitFor(() => kindsOf(subscription).length, { what: 'the failure' });
    expect(kindsOf(subscription)[0]).toBe('protocol');
  });

  it('reports a token provider that fails', async () => {
    const subscription = watch(await serve(stream), { token: () => Promise.reject(new Error('offline')) });
    await waitFor(() => kindsOf(subscription).length, { what: 'the failure' });
    expect(kindsOf(subscription)[0]).toBe('token');
  });

  it('gives up a hub that does not answer in time', async () => {
    const subscription = watch(await serve(() => undefined), { connectTimeoutMs: 50 });
    await waitFor(() => kindsOf(subscription).length, { what: 'the failure' });
    expect(kindsOf(subscription)[0]).toBe('timeout');
  });

  it('does not swallow an event without bound', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${'x'.repeat(5_000)}`);
    });
    const subscription = watch(url, { maxEventLength: 1_000 });
    await waitFor(() => kindsOf(subscription).length, { what: 'the failure' });
    expect([kindsOf(subscription)[0], subscription.updates.length]).toEqual(['protocol', 0]);
  });

  it('keeps the token out of the URL', async () => {
    const seen: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      seen.push(request.url, request.headers.authorization);
      stream(request, response);
    });
    const subscription = watch(url, { token: () => Promise.resolve('the-token'), topics: ['a', 'b c'] });
    await waitFor(() => isOpen(subscription), { what: 'the stream' });
    expect(seen).toEqual(['/.well-known/mercure?topic=a&topic=b+c', 'Bearer the-token']);
  });

  it('speaks protocol 1.0 when told so', async () => {
    const urls: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      urls.push(request.url);
      response.writeHead(200, {
        'content-type': 'text/event-stream',
        'mercure-last-event-id': String(request.headers['last-event-id']),
      });
      response.write(':\n');
    });
    const subscription = watch(url, { hubProtocol: '1.0', lastEventId: '7' });
    await waitFor(() => isOpen(subscription), { what: 'the stream' });
    expect([urls, subscription.replays]).toEqual([['/.well-known/mercure?match=a'], ['complete']]);
  });

  it('takes the retry of the hub as the shortest wait', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end('retry: 1234\n\n');
    });
    const subscription = watch(url);
    await waitFor(() => subscription.states.at(-1)?.info.retryInMs, { what: 'the wait' });
    expect(subscription.states.at(-1)?.info.retryInMs).toBe(1_234);
  });

  it('rejects with what its handler threw, and keeps its cursor before that update', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('id: 1\ndata: a\n\nid: 2\ndata: b\n\n');
    });
    const onUpdate = ({ id }: ReceivedUpdate) => {
      if (id === '2') throw new Error('handler');
    };
    const subscription = watch(url, { onUpdate });
    await expect(subscription.closed).rejects.toThrow('handler');
    expect(subscription.lastEventId).toBe('1');
  });

  it('is not stopped by an id that no header can carry', async () => {
    const cursors: (string | undefined)[] = [];
    const url = await serve((request, response) => {
      cursors.push(request.headers['last-event-id'] as string | undefined);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(`id: a\u0001b\ndata: 1\n\nid: ${'x'.repeat(20_000)}\ndata: 2\n\n`);
    });
    const subscription = watch(url);
    await waitFor(() => subscription.replays.length >= 2, { what: 'the second stream' });
    expect(cursors.slice(0, 2)).toEqual([undefined, 'ab']);
    expect(subscription.replays.slice(0, 2)).toEqual(['none', 'unknown']);
  });

  it('refuses no topic and no address at once', () => {
    expect(() => watch('http://127.0.0.1/', { topics: [] })).toThrow('topic');
    expect(() => watch('nowhere')).toThrow('address');
  });

  describe('in time', () => {
    /** A hub made of streams that the test feeds and ends. */
    function fakeHub() {
      const streams: ReadableStreamDefaultController<Uint8Array>[] = [];
      const fetch = (async (_url, init) => {
        const body = new ReadableStream<Uint8Array>({
          start: (controller) => {
            streams.push(controller);
            init?.signal?.addEventListener('abort', () => controller.error(new Error('aborted')));
          },
        });
        return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
      }) as typeof globalThis.fetch;
      return { fetch, streams };
    }
    const token = () => Promise.resolve('token');
    const bytes = (text: string) => new TextEncoder().encode(text);

    it('leaves a stream that is silent for longer than the watchdog, comments counted as sound', async () => {
      const clock = new TestClock();
      const { fetch, streams } = fakeHub();
      const subscription = watch('http://hub/', { clock, fetch, token, random: () => 0.5 });
      await clock.advance(0);
      for (let heartbeat = 0; heartbeat < 10; heartbeat++) {
        await clock.advance(40_000);
        streams[0]?.enqueue(bytes(':\n'));
        await clock.advance(0);
      }
      expect(kindsOf(subscription)).toEqual([]);
      await clock.advance(89_000);
      expect(kindsOf(subscription)).toEqual([]);
      await clock.advance(1_001);
      expect(kindsOf(subscription)).toEqual(['timeout']);
    });

    it('reconnects at once after a clean end of a stream that was really open', async () => {
      const clock = new TestClock();
      const { fetch, streams } = fakeHub();
      const subscription = watch('http://hub/', { clock, fetch, token });
      await clock.advance(1_000);
      streams[0]?.close();
      await clock.advance(0);
      expect(streams).toHaveLength(2);
      expect(subscription.states.map(({ state }) => state)).toEqual(['connecting', 'open', 'connecting', 'open']);
    });

    it('waits longer and longer for streams that end at once, up to a ceiling, until one was really open', async () => {
      const clock = new TestClock();
      const { fetch, streams } = fakeHub();
      const subscription = watch('http://hub/', {
        clock,
        fetch,
        token,
        random: () => 1,
        backoff: { baseMs: 500, maxMs: 3_000 },
      });
      async function fail(): Promise<number> {
        streams.at(-1)?.error(new Error('reset'));
        await clock.advance(0);
        const waitMs = subscription.states.at(-1)?.info.retryInMs ?? 0;
        await clock.advance(waitMs);
        return waitMs;
      }
      await clock.advance(0);
      const waits = [await fail(), await fail(), await fail(), await fail(), await fail()];
      expect(waits).toEqual([500, 1_000, 2_000, 3_000, 3_000]);
      streams.at(-1)?.close();
      await clock.advance(0);
      expect(subscription.states.at(-1)?.info.retryInMs).toBe(3_000);
      await clock.advance(3_000);
      await clock.advance(100);
      expect(await fail()).toBe(500);
    });
  });
});
