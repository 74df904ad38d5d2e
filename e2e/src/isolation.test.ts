import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commandTopic } from '@servonaut/contracts';
import { connectAgent } from './agent.ts';
import { embedded, withReferenceHub, type Deployment } from './deployment.ts';
import { aUser, aWorld, rest, type World } from './world.ts';

const HUBS = { 'the embedded hub': embedded, 'the reference hub': withReferenceHub };

describe.each(Object.entries(HUBS))("one user's subscriber token on %s", (_, deploy) => {
  let world: World;
  let hub: Deployment;
  let token: string;
  let hubUrl: string;
  beforeAll(async () => {
    hub = await deploy();
    world = await aWorld({ env: hub.env });
    const intruder = await aUser(world, 'intruder', { scopes: ['relay:connect'] });
    const { body } = await rest(`${world.coordinator.url}/api/cli/mercure-token`, intruder.token);
    ({ token, hub_url: hubUrl } = body);
  }, 90_000);
  afterAll(async () => {
    await world.stop();
    await hub.stop();
  }, 30_000);

  it("receives nothing of another user's topic, whatever selector it asks for", async () => {
    const selectors = [commandTopic(world.tokens.user_id), '/cli/{user}/commands', '*'];
    const stop = new AbortController();
    const streams = await Promise.all(
      selectors.map((selector) =>
        fetch(`${hubUrl}?topic=${encodeURIComponent(selector)}`, {
          headers: { authorization: `Bearer ${token}` },
          signal: stop.signal,
        }),
      ),
    );
    let received = '';
    const readers = streams.map(async (stream) => {
      const text = stream.body?.pipeThrough(new TextDecoderStream());
      for await (const chunk of text ?? []) received += chunk;
    });
    const ran = await world.operator.run(['run-command', 'web-1', '--', 'true']);
    expect(ran.code).toBe(0);
    const agent = await connectAgent('http', world.coordinator.url, world.tokens.agent_token);
    // The victim's executor has had the request and answered it: what the hub had to send, it has sent.
    expect(
      (await agent.call('run_command', { server: 'web-1', command: 'echo for the owner only' })).result.stdout,
    ).toBe('for the owner only\n');
    expect((await agent.call('run_command', { server: 'web-1', command: 'echo twice' })).isError).toBe(false);
    stop.abort();
    await Promise.allSettled(readers);
    expect(received).not.toMatch(/^(data|id|event):/m);
    await agent.close();
  });

  it.each(['its own topic', "another user's topic"])('publishes nothing to %s', async (whose) => {
    const own = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).mercure.subscribe[0] as string;
    const topic = whose === 'its own topic' ? own : commandTopic(world.tokens.user_id);
    const body = new URLSearchParams({ topic, data: '{"forged":true}', private: 'on' });
    const answer = await fetch(hubUrl, { method: 'POST', headers: { authorization: `Bearer ${token}` }, body });
    expect([401, 403]).toContain(answer.status);
  });

  it('names exactly one topic', () => {
    const { mercure, exp, iat } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {
      mercure: { subscribe: string[]; publish?: string[] };
      exp: number;
      iat: number;
    };
    expect(mercure.subscribe).toEqual([expect.stringMatching(/^\/cli\/[A-Za-z0-9_-]+\/commands$/)]);
    expect(mercure.publish ?? []).toEqual([]);
    expect(exp - iat).toBeLessThanOrEqual(3_600);
  });
});
