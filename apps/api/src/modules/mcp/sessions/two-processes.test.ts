import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startRedis, type TestRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { eventData } from '../testing/event-data.ts';
import { startMcp, type McpTestApp } from '../testing/mcp-test-app.ts';

let server: TestRedis;
let redis: Redis;
let apps: [McpTestApp, McpTestApp];

beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  apps = [await startMcp({ redis }), await startMcp({ redis })];
});

afterAll(async () => {
  for (const app of apps) await app.close();
  redis.disconnect();
  await server.stop();
});

const post = (url: string, token: string) =>
  fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
  });

it('answers on the stream of one coordinator what is posted to another, and only to its owner', async () => {
  const leave = new AbortController();
  const stream = await fetch(`${apps[0].url}/mcp/sse`, {
    headers: { authorization: 'Bearer token-a' },
    signal: leave.signal,
  });
  const events = eventData(stream);
  const endpoint = (await events.next()).value;
  expect((await post(`${apps[1].url}${endpoint}`, 'token-b')).status).toBe(404);
  expect((await post(`${apps[1].url}${endpoint}`, 'token-a')).status).toBe(202);
  expect(JSON.parse((await events.next()).value ?? '')).toMatchObject({ id: 1, result: { tools: expect.any(Array) } });
  leave.abort();
});
