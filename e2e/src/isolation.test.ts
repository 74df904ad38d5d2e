import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { commandTopic } from '@servonaut/contracts';
import { waitFor } from '@servonaut/testkit';
import { connectAgent } from './agent.ts';
import { describeEach, embedded, onReferenceHub, type Deployment } from './deployment.ts';
import { aUser, aWorld, operatorOf, rest, type World } from './world.ts';

const HUBS = { 'the embedded hub': embedded, 'the reference hub': onReferenceHub };

describeEach(HUBS)("one user's subscriber token on %s", (_, deploy) => {
  let world: World;
  let hub: Deployment;
  let token: string;
  let hubUrl: string;
  let intruder: { userId: string; token: string };
  beforeAll(async () => {
    hub = await deploy();
    world = await aWorld({ env: hub.env });
    intruder = await aUser(world, 'intruder', { scopes: ['relay:connect', 'mcp:tools'] });
    const { body } = await rest(`${world.coordinator.url}/api/cli/mercure-token`, intruder.token);
    ({ token, hub_url: hubUrl } = body);
  }, 90_000);
  afterAll(async () => {
    await world.stop();
    await hub.stop();
  }, 30_000);

  /** What a stream of the intruder's brings, for this topic selector and for its own topic. */
  async function overhear(selector: string, signal: AbortSignal): Promise<{ readonly status: number; text: string }> {
    const topics = new URLSearchParams([
      ['topic', selector],
      ['topic', commandTopic(intruder.userId)],
    ]);
    const { status, body } = await fetch(`${hubUrl}?${topics}`, {
      headers: { authorization: `Bearer ${token}` },
      signal,
    });
    const heard = { status, text: '' };
    const read = async (): Promise<void> => {
      for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) heard.text += chunk;
    };
    void read().catch((error: unknown) => {
      if (!signal.aborted) heard.text += `the stream broke: ${String(error)}`;
    });
    return heard;
  }

  /** Whose the requests are that came whole; what they say is sealed. */
  const usersIn = ({ text }: { text: string }): string[] =>
    Array.from(text.matchAll(/^data: (.*)\n/gm), ([, data = '']) => (JSON.parse(data) as { user_id: string }).user_id);

  it("receives its own user's updates and nothing of another user's, whatever selector it asks for", async () => {
    const selectors = [commandTopic(world.tokens.user_id), '/cli/{user}/commands', '*'];
    const stop = new AbortController();
    try {
      const streams = await Promise.all(selectors.map((selector) => overhear(selector, stop.signal)));
      expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect((await world.operator.run(['run-command', 'web-1', '--', 'true'])).code).toBe(0);
      expect(await echoed('for the owner only', world.tokens.agent_token)).toBe('for the owner only\n');
      await asIntruder(async () => {
        expect(await echoed('for the intruder', intruder.token)).toBe('for the intruder\n');
      });
      // A hub keeps the order of updates: a stream that has this last one has had all that it gets of the earlier ones.
      await waitFor(() => streams.every((stream) => usersIn(stream).includes(intruder.userId)), {
        what: "every stream to have its own user's update",
      });
      for (const stream of streams) expect(new Set(usersIn(stream))).toEqual(new Set([intruder.userId]));
    } finally {
      stop.abort();
    }
  }, 60_000);

  /** While the intruder has an executor of its own. */
  async function asIntruder(work: () => Promise<void>): Promise<void> {
    const operator = await operatorOf(world.coordinator.url, intruder.token, world.sshd);
    const executor = await operator.connect();
    try {
      await work();
    } finally {
      await executor.stop();
    }
  }

  async function echoed(words: string, agentToken: string): Promise<string> {
    const agent = await connectAgent('http', world.coordinator.url, agentToken);
    const { result } = await agent.call('run_command', { server: 'web-1', command: `echo ${words}` });
    await agent.close();
    return result.stdout;
  }

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
