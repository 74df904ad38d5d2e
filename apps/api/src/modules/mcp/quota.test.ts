import { afterEach, describe, expect, it } from '@jest/globals';
import { toolAnswerSchema } from '@servonaut/contracts';
import { startRedis } from '@servonaut/testkit';
import { Redis } from 'ioredis';
import { streamableClient } from './testing/clients.ts';
import { aPrincipal } from './testing/fake-access.ts';
import { FakeRelay } from './testing/fake-relay.ts';
import { startMcp, type McpTestOptions } from './testing/mcp-test-app.ts';

const LIMITED = aPrincipal({
  levels: [{ kind: 'plan', id: '42', label: 'free', rules: { '*': { per_day: 20, concurrent: 50 } } }],
});

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

async function oneInMemory(): Promise<McpTestOptions[]> {
  return [{ relay: new FakeRelay() }];
}

async function twoOnRedis(): Promise<McpTestOptions[]> {
  const server = await startRedis();
  const redis = new Redis(server.url, { maxRetriesPerRequest: null });
  stops.push(
    () => server.stop(),
    async () => redis.disconnect(),
  );
  const relay = new FakeRelay();
  return [
    { relay, redis },
    { relay, redis },
  ];
}

describe.each([
  ['one coordinator, in memory', oneInMemory],
  ['two coordinators on one Redis', twoOnRedis],
])('calls that come at once over HTTP: %s', (_, coordinators) => {
  it('pass as many as the quota says, exactly', async () => {
    const options = await coordinators();
    const apps = await Promise.all(options.map((one) => startMcp(one)));
    const agents = await Promise.all(
      apps.map(({ url, verifier }) => {
        verifier.principals.set('token-a', LIMITED);
        return streamableClient(url);
      }),
    );
    stops.push(...apps.map(({ close }) => close), ...agents.map((agent) => () => agent.close()));
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_call, at) =>
        agents[at % agents.length]!.callTool({
          name: 'run_command',
          arguments: { server: 'web-1', command: `echo ${at}` },
        }),
      ),
    );
    const ends = answers.map(({ structuredContent }) => toolAnswerSchema.parse(structuredContent).results[0]!);
    expect(ends.filter(({ status }) => status === 'succeeded')).toHaveLength(20);
    expect(ends.filter(({ error }) => error?.code === 'quota_exceeded')).toHaveLength(30);
    expect(options[0]!.relay!.calls).toHaveLength(20);
  });
});
