import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServonautError, toolAnswerSchema, type AgentError } from '@servonaut/contracts';
import { streamableClient } from './testing/clients.ts';
import { aPrincipal } from './testing/fake-access.ts';
import { startMcp, type McpTestApp } from './testing/mcp-test-app.ts';

const PER_DAY = { kind: 'plan', id: '42', label: 'free', rules: { '*': { per_day: 3 } } } as const;

describe('calls over HTTP that are not made', () => {
  let app: McpTestApp;
  let agent: Awaited<ReturnType<typeof streamableClient>>;

  beforeEach(async () => {
    app = await startMcp({ environment: { SERVONAUT_RATE_LIMITS: 'refused_calls=5/60' } });
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

  it('are answered as too many after a while, whatever is wrong with them', async () => {
    await outOfRoom();
    for (const refusal of [await denied(), await invalid(7), await call('no_such_tool', {})]) {
      expect(refusal).toMatchObject({ code: 'too_many_requests', facts: { rule: 'refused_calls' } });
      expect(refusal!.facts!['retry_after_seconds']).toBeGreaterThan(50);
    }
  });

  it('leave no more on record than as many, and that there were more', async () => {
    await outOfRoom();
    for (let at = 0; at < 20; at += 1) await (at % 2 ? denied() : invalid(at));
    const decided = app.audit.records.filter(({ kind }) => kind === 'call.decided');
    expect(app.audit.records).toHaveLength(12);
    expect(decided.map(({ data }) => data['code']).slice(-2)).toEqual(['invalid_request', 'too_many_requests']);
    expect(decided.at(-1)).toMatchObject({ data: { rule: 'refused_calls' } });
  });

  it('keep neither the same principal from calls that may be made, nor another from anything', async () => {
    await outOfRoom();
    expect(await denied()).toMatchObject({ code: 'too_many_requests' });
    expect(await possible(1)).toBeUndefined();
    const other = await streamableClient(app.url, 'token-narrow');
    const answer = await other.callTool({ name: 'run_command', arguments: { server: 'web-1', command: 'id' } });
    await other.close();
    expect(toolAnswerSchema.parse(answer.structuredContent).results[0]!.error).toMatchObject({ code: 'not_entitled' });
  });

  it('are given back while there are not too many, when nobody was there to run them', async () => {
    app.relay.respond = () => Promise.reject(new ServonautError('executor_offline'));
    const codes = [];
    for (let at = 0; at < 9; at += 1) codes.push((await possible(at))?.code);
    expect(codes).toEqual([...Array(8).fill('executor_offline'), 'too_many_requests']);
  });
});
