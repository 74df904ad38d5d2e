import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startRedis, waitFor, type TestRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { MemorySessionRouter } from './memory-session-router.ts';
import { RedisSessionRouter } from './redis-session-router.ts';
import type { SessionRouter } from './session-router.ts';

const ADDRESS = { sessionId: 'f7a1f3a2-8a6b-4f1e-9d2e-000000000001', owner: 'credential:cred-1' };

/** What every router promises, whether sender and holder are one process or two. */
function sessionRouterContract(pair: () => { holder: SessionRouter; sender: SessionRouter }): void {
  const received: unknown[] = [];
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
    received.length = 0;
  });

  const listen = async (address = ADDRESS) => {
    const end = await pair().holder.listen(address, (message) => void received.push(message));
    ends.push(end);
    return end;
  };

  it('brings messages to the holder, whole and in order', async () => {
    await listen();
    const messages = Array.from({ length: 20 }, (_, id) => ({ jsonrpc: '2.0', id, text: 'ü\n"'.repeat(50) }));
    for (const message of messages) expect(await pair().sender.send(ADDRESS, message)).toBe(true);
    await waitFor(() => received.length === messages.length, { what: 'all messages' });
    expect(received).toEqual(messages);
  });

  it('says that nobody holds an unknown session', async () => {
    expect(await pair().sender.send(ADDRESS, {})).toBe(false);
  });

  it('says the same of a session of somebody else', async () => {
    await listen();
    expect(await pair().sender.send({ ...ADDRESS, owner: 'credential:cred-2' }, {})).toBe(false);
    expect(received).toEqual([]);
  });

  it('says the same of a session that has ended, and leaves others alone', async () => {
    const other = { ...ADDRESS, sessionId: 'f7a1f3a2-8a6b-4f1e-9d2e-000000000002' };
    const end = await listen();
    await listen(other);
    await end();
    expect(await pair().sender.send(ADDRESS, 1)).toBe(false);
    expect(await pair().sender.send(other, 2)).toBe(true);
    await waitFor(() => received.length === 1, { what: 'the message' });
    expect(received).toEqual([2]);
  });
}

describe('in memory', () => {
  const router = new MemorySessionRouter();
  sessionRouterContract(() => ({ holder: router, sender: router }));
});

describe('over Redis', () => {
  let server: TestRedis;
  let redis: Redis;
  let routers: [RedisSessionRouter, RedisSessionRouter];

  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    routers = [new RedisSessionRouter(redis), new RedisSessionRouter(redis)];
  });

  afterAll(async () => {
    for (const router of routers) router.onApplicationShutdown();
    redis.disconnect();
    await server.stop();
  });

  describe('between two processes', () => {
    sessionRouterContract(() => ({ holder: routers[0], sender: routers[1] }));
  });
  describe('within one process', () => {
    sessionRouterContract(() => ({ holder: routers[0], sender: routers[0] }));
  });

  it('shows no session id to those who can list channels', async () => {
    const end = await routers[0].listen(ADDRESS, () => undefined);
    const channels = (await redis.pubsub('CHANNELS', '*')) as string[];
    expect(channels.filter((channel) => channel.startsWith('servonaut:'))).toHaveLength(1);
    expect(channels.join()).not.toContain(ADDRESS.sessionId);
    await end();
  });

  it('says that it cannot tell when Redis is gone, in bounded time, and finds sessions again when it is back', async () => {
    const end = await routers[0].listen(ADDRESS, () => undefined);
    await server.kill();
    await expect(routers[1].send(ADDRESS, {})).rejects.toMatchObject({ code: 'unavailable' });
    await server.restart();
    await waitFor(() => routers[1].send(ADDRESS, {}), { what: 'the session' });
    await end();
    await redis.ping();
  });
});
