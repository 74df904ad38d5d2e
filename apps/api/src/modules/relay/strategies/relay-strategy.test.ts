import { randomBytes, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { MercureHub } from '@servonaut/mercure';
import {
  aCommandRequest,
  freePort,
  referenceHubAvailable,
  startMercureHub,
  startRedis,
  type ReferenceHub,
  withReferenceHub,
  type TestRedis,
  waitFor,
} from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { decodeJwt } from 'jose';
import { TestExecutor } from '../testing/test-executor.ts';
import { EmbeddedStrategy, HUB_PATH } from './embedded-strategy.ts';
import { HubBridge } from './hub-bridge.ts';
import { HubTokens } from './hub-tokens.ts';
import { MercureStrategy } from './mercure-strategy.ts';
import type { RelayStrategy } from './relay-strategy.ts';

const PUBLISHER_KEY = randomBytes(32).toString('hex');
const SUBSCRIBER_KEY = randomBytes(32).toString('hex');
const tokens = new HubTokens(600);
const listener = (userId: string, expiresAt: Date | null = null) => ({ userId, credentialId: 'cred-e1', expiresAt });

let redisServer: TestRedis;
let redis: Redis;
let reference: ReferenceHub | undefined;
const cleanups: (() => Promise<unknown> | void)[] = [];

beforeAll(async () => {
  redisServer = await startRedis();
  redis = new Redis(redisServer.url);
  if (referenceHubAvailable())
    reference = await startMercureHub({ publisherKey: PUBLISHER_KEY, subscriberKey: SUBSCRIBER_KEY });
}, 300_000);

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

afterAll(async () => {
  redis.disconnect();
  await Promise.all([redisServer.stop(), reference?.stop()]);
});

const mercureAt = (url: string): RelayStrategy => {
  const keys = { publisherJwtKey: PUBLISHER_KEY, subscriberJwtKey: SUBSCRIBER_KEY };
  const strategy = new MercureStrategy({ url, publicUrl: url, ...keys }, tokens);
  cleanups.push(() => strategy.close());
  return strategy;
};

async function startEmbedded(bridge: HubBridge | null = null): Promise<EmbeddedStrategy> {
  const [publisherKey, subscriberKey] = [Buffer.from(PUBLISHER_KEY), Buffer.from(SUBSCRIBER_KEY)];
  const hub = new MercureHub({ publisherKey, subscriberKey });
  const server = createServer((request, response) => void hub.handle(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const hubUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}${HUB_PATH}`;
  const strategy = new EmbeddedStrategy(hub, { hubUrl, subscriberKey }, bridge);
  await strategy.start();
  cleanups.push(
    () => void server.close(),
    () => strategy.close(),
  );
  return strategy;
}

type Start = () => Promise<RelayStrategy>;
const onHubsOfItsOwn: [string, Start][] = [
  ['embedded', () => startEmbedded()],
  ['embedded, over a bridge', () => startEmbedded(new HubBridge(redis, randomUUID()))],
];
const onTheReferenceHub: [string, Start][] = [['mercure', async () => mercureAt(reference?.url ?? '')]];

describe.each(onHubsOfItsOwn)('the strategy %s', (_, start) => {
  keepsTheRelaysPromises(start);
});
withReferenceHub(describe).each(onTheReferenceHub)('the strategy %s', (_, start) => {
  keepsTheRelaysPromises(start);
});

function keepsTheRelaysPromises(start: Start): void {
  const listen = async (strategy: RelayStrategy, userId?: string): Promise<TestExecutor> => {
    const executor = await TestExecutor.listen(strategy.hub, userId);
    cleanups.push(() => executor.close());
    return executor;
  };

  it('brings a request to the executors of its user, unchanged and in order', async () => {
    const strategy = await start();
    const [one, another] = [await listen(strategy), await listen(strategy)];
    const requests = [aCommandRequest(), aCommandRequest()];
    for (const request of requests) expect(await strategy.publish('42', request)).toBe('taken');
    for (const executor of [one, another]) expect([await executor.next(), await executor.next()]).toEqual(requests);
  });

  it('brings it to nobody else', async () => {
    const strategy = await start();
    const [own, other] = [await listen(strategy), await listen(strategy, '43')];
    await strategy.publish('42', aCommandRequest());
    const last = aCommandRequest({ user_id: '43' });
    await strategy.publish('43', last);
    expect(await other.next()).toEqual(last);
    await own.next();
    expect([...own.requests, ...other.requests]).toEqual([]);
  });

  it("lets a subscriber token neither hear another user's topic nor publish", async () => {
    const strategy = await start();
    const { token } = tokens.subscriber(listener('43'), strategy.hub.subscriberKey);
    const headers = { authorization: `Bearer ${token}` };
    const body = new URLSearchParams({ topic: '/cli/42/commands', data: 'forged', private: 'on' });
    const refused = await fetch(strategy.hub.hubUrl, { method: 'POST', headers, body });
    expect([401, 403]).toContain(refused.status);
    const overheard = await overhear(`${strategy.hub.hubUrl}?topic=/cli/42/commands&topic=/cli/43/commands`, headers);
    const own = aCommandRequest({ user_id: '43' });
    await strategy.publish('42', aCommandRequest());
    await strategy.publish('43', own);
    const heard = await overheard();
    expect(heard).toContain(own.id);
    expect(heard).not.toContain('"user_id":"42"');
  });

  it('lets a subscriber go when its token ends, and refuses the token from then on', async () => {
    const { hub } = await start();
    const { token, expiresAt } = new HubTokens(2).subscriber(listener('42'), hub.subscriberKey);
    const open = () => fetch(`${hub.hubUrl}?topic=/cli/42/commands`, { headers: { authorization: `Bearer ${token}` } });
    const stream = await open();
    expect(stream.status).toBe(200);
    await stream.text();
    expect(Date.now()).toBeLessThan(expiresAt.getTime() + 500);
    await waitFor(() => Date.now() >= expiresAt.getTime(), { what: 'the end of the token' });
    expect((await open()).status).toBe(401);
  });

  it('is healthy while its hub is there', async () => {
    await expect((await start()).check()).resolves.toBeUndefined();
  });
}

/** All that comes until the first event of the stream has arrived whole. */
async function overhear(url: string, headers: Record<string, string>): Promise<() => Promise<string>> {
  const stop = new AbortController();
  const { body } = await fetch(url, { headers, signal: stop.signal });
  cleanups.push(() => stop.abort());
  return async () => {
    let text = '';
    for await (const chunk of body ?? []) {
      text += Buffer.from(chunk as Uint8Array).toString();
      if (/data:.*\n\n/.test(text)) return text;
    }
    return text;
  };
}

describe('the strategy mercure without its hub', () => {
  it('says that the hub certainly has not taken the request, and that it is not healthy', async () => {
    const strategy = mercureAt(`http://127.0.0.1:${await freePort()}${HUB_PATH}`);
    await expect(strategy.publish('42', aCommandRequest())).rejects.toMatchObject({ code: 'relay_unavailable' });
    await expect(strategy.check()).rejects.toThrow('fetch failed');
  });

  it('says that it does not know when the hub breaks off without an answer', async () => {
    const server = createServer((request) => void request.on('data', () => request.socket.destroy()));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    cleanups.push(() => void server.close());
    const strategy = mercureAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}${HUB_PATH}`);
    expect(await strategy.publish('42', aCommandRequest())).toBe('uncertain');
  });
});

describe('two embedded hubs over a bridge', () => {
  it('are one: an executor hears at one what was published at the other', async () => {
    const prefix = randomUUID();
    const [here, there] = [
      await startEmbedded(new HubBridge(redis, prefix)),
      await startEmbedded(new HubBridge(redis, prefix)),
    ];
    const executor = await TestExecutor.listen(there.hub);
    cleanups.push(() => executor.close());
    const request = aCommandRequest();
    await here.publish('42', request);
    expect(await executor.next()).toEqual(request);
  });
});

describe('the tokens for the hub', () => {
  it('grant a subscriber exactly one topic for as long as is set, and nothing to publish', () => {
    const { token, expiresAt } = tokens.subscriber(listener('42'), Buffer.from(SUBSCRIBER_KEY));
    const { mercure, sub, exp = 0 } = decodeJwt(token);
    expect([mercure, sub]).toEqual([{ subscribe: ['/cli/42/commands'] }, '42/cred-e1']);
    expect(exp * 1_000).toBe(expiresAt.getTime());
    expect(expiresAt.getTime() - Date.now()).toBeGreaterThan(590_000);
    expect(expiresAt.getTime() - Date.now()).toBeLessThanOrEqual(600_000);
  });

  it('end with the credential that they name', () => {
    const credentialEnd = new Date(Math.floor(Date.now() / 1_000 + 60) * 1_000);
    const { expiresAt } = tokens.subscriber(listener('42', credentialEnd), Buffer.from(SUBSCRIBER_KEY));
    expect(expiresAt).toEqual(credentialEnd);
  });

  it('are made for no name that would widen the topic', () => {
    for (const hostile of ['{user}', '*', '42/commands', ''])
      expect(() => tokens.subscriber(listener(hostile), Buffer.from(SUBSCRIBER_KEY))).toThrow();
  });

  it('keep the publisher one until shortly before its end', () => {
    let now = Date.UTC(2026, 0, 1);
    const clock = { now: () => now, setTimeout: () => 0, clearTimeout: () => undefined };
    const own = new HubTokens(600, clock);
    const first = own.publisher(Buffer.from(PUBLISHER_KEY));
    now += 239_000;
    expect(own.publisher(Buffer.from(PUBLISHER_KEY))).toBe(first);
    now += 2_000;
    expect(own.publisher(Buffer.from(PUBLISHER_KEY))).not.toBe(first);
  });
});
