import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError, toolAnswerSchema, type AgentError } from '@servonaut/contracts';
import { waitFor } from '@servonaut/testkit';
import { streamableClient } from './testing/clients.ts';
import { aPrincipal } from './testing/fake-access.ts';
import { startMcp, type McpTestApp } from './testing/mcp-test-app.ts';

const PER_DAY = { kind: 'plan', id: '42', label: 'free', rules: { '*': { per_day: 3 } } } as const;

describe('calls over HTTP that are not made', () => {
  let app: McpTestApp;
  let agent: Awaited<ReturnType<typeof streamableClient>>;

  beforeEach(async () => {
    app = await startMcp({
      environment: { SERVONAUT_RATE_LIMITS: 'refused_calls=5/60,unsent_calls=5/60,unknown_requests=3/60' },
    });
    app.verifier.principals.set('token-a', aPrincipal({ tools: ['run_command'], levels: [PER_DAY] }));
    agent = await streamableClient(app.url);
  });
  afterEach(async () => {
    await agent.close();
    await app.close();
  });

  const call = async (name: string, args: object): Promise<AgentError | undefined> => {
    const { structuredContent } = await agent.callTool({ name, arguments: { ...args } });
    return toolAnswerSchema.parse(structuredContent).results[0]!.error;
  };
  const denied = () => call('list_servers', {});
  const invalid = (at: number) => call('run_command', { server: 'web-1', [`made-up-${at}`]: 1 });
  const possible = (at: number) => call('run_command', { server: 'web-1', command: `echo ${at}` });

  async function outOfRoom(): Promise<void> {
    for (let at = 0; at < 5; at += 1) await (at % 2 ? denied() : invalid(at));
  }

  const decided = () => app.audit.records.filter(({ kind }) => kind === 'call.decided').map(({ data }) => data);

  it('are answered with what is wrong, however many there are', async () => {
    await outOfRoom();
    expect(await denied()).toMatchObject({ code: 'not_entitled', facts: { rule: 'credential.tools' } });
    expect(await invalid(7)).toMatchObject({ code: 'invalid_request' });
  });

  it('are on record one by one up to a limit, and beyond it by the last of each kind and how many it stands for', async () => {
    await outOfRoom();
    for (let at = 0; at < 20; at += 1) await (at % 2 ? denied() : invalid(at));
    expect(decided()).toHaveLength(5);
    await app.close();
    await waitFor(() => decided().length > 6, { what: 'the records' });
    const [one, other] = decided().slice(5);
    expect([one, other]).toEqual([
      expect.objectContaining({ code: 'invalid_request', calls: 10 }),
      expect.objectContaining({ code: 'not_entitled', rule: 'credential.tools', calls: 10 }),
    ]);
  });

  it('do not keep another principal, or the same one, from calls that may be made', async () => {
    await outOfRoom();
    await denied();
    const other = await streamableClient(app.url, 'token-narrow');
    const answer = await other.callTool({ name: 'run_command', arguments: { server: 'web-1', command: 'id' } });
    await other.close();
    expect(toolAnswerSchema.parse(answer.structuredContent).results[0]!.error).toMatchObject({ code: 'not_entitled' });
    expect(await possible(1)).toBeUndefined();
  });

  it('cost nothing while there are not too many, when nobody was there to run them', async () => {
    app.relay.respond = () => Promise.reject(new ServonautError('executor_offline'));
    const codes = [];
    for (let at = 0; at < 9; at += 1) codes.push((await possible(at))?.code);
    expect(codes).toEqual([...Array(8).fill('executor_offline'), 'quota_exceeded']);
  });

  it('are too many questions about requests that are not its own, after a while', async () => {
    const ask = async () =>
      (await agent.callTool({ name: 'get_request', arguments: { request_id: randomUUID() } })).structuredContent;
    const codes = [];
    for (let at = 0; at < 4; at += 1) codes.push(toolAnswerSchema.parse(await ask()).results[0]!.error?.code);
    expect(codes).toEqual([...Array(3).fill('request_unknown'), 'too_many_requests']);
  });
});
