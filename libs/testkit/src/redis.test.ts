import { afterEach, describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { startRedis, type TestRedis } from './redis.ts';

const open: { quit(): void; stop(): Promise<void> }[] = [];
const connect = (server: TestRedis, url = server.url): Redis => {
  const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: 100 });
  // The tests cut the connection on purpose.
  client.on('error', () => undefined);
  open.push({ quit: () => client.disconnect(), stop: server.stop });
  return client;
};

afterEach(async () => {
  for (const { quit, stop } of open.splice(0)) {
    quit();
    await stop();
  }
});

describe('startRedis', () => {
  it('answers at its URL and refuses whoever lacks the password', async () => {
    const server = await startRedis();
    expect(await connect(server).ping()).toBe('PONG');
    await expect(connect(server, `redis://127.0.0.1:${server.port}`).get('a')).rejects.toThrow(/NOAUTH/);
  });

  it('is empty after a restart, unless it is persistent', async () => {
    for (const persistent of [false, true]) {
      const server = await startRedis({ persistent });
      const client = connect(server);
      await client.set('a', '1');
      await server.restart();
      expect(await client.get('a')).toBe(persistent ? '1' : null);
    }
  });

  it('loses nothing that was written when a persistent one is killed', async () => {
    const server = await startRedis({ persistent: true });
    const client = connect(server);
    await client.set('a', '1');
    await server.kill();
    await server.restart();
    expect(await client.get('a')).toBe('1');
  });
});
