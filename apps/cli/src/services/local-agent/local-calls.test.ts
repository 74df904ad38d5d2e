import { describe, expect, it } from '@jest/globals';
import type { CommandResultInput, ToolManifest } from '@servonaut/contracts';
import { CallAudit } from '../../local-audit/call-audit.ts';
import { MemoryAudit } from '../../local-audit/testing/memory-audit.ts';
import { LOCAL_AGENT } from '../../policy/caller.ts';
import type { ToolCall } from '../../relay/tool-runner.ts';
import { AgentTools } from './agent-tools.ts';
import { LocalCalls } from './local-calls.ts';

const CALLER = { kind: LOCAL_AGENT, id: 'local', label: '' } as const;
const TOOL: ToolManifest = {
  name: 'run_command',
  title: 'Run',
  description: 'Runs.',
  target: 'server',
  effect: 'mutating',
  idempotent: false,
  input_schema: { type: 'object', properties: { server: { type: 'string' } } },
};
const SERVERS = ['web-1', 'web-2', 'web-3'].map((name) => ({ name, labels: {} }));

function world() {
  const begun: (string | null)[] = [];
  const audit = new MemoryAudit();
  const run = async ({ requestId, server, signal, onStart }: ToolCall): Promise<CommandResultInput> => {
    const ended = { request_id: requestId, status: 'error', output: '', execution_time_ms: 0 } as const;
    if (!signal.aborted) {
      begun.push(server);
      onStart?.();
      await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    }
    return { ...ended, error_code: 'request_cancelled', error_message: 'It was cancelled.' };
  };
  const calls = new LocalCalls({
    tools: { run },
    audit: new CallAudit({ audit, clean: (value) => value, argumentChars: 100, warn: () => undefined }),
    maxRunning: 8,
    report: () => undefined,
  });
  const tools = new AgentTools({
    calls,
    manifest: async () => ({ tools: [TOOL], servers: SERVERS }),
    servers: () => SERVERS,
    answerLength: 1_000,
    serversPerCall: 10,
    onFault: () => undefined,
  });
  const call = (args: object) => tools.call(CALLER, 'run_command', { ...args }, {});
  return { calls, call, begun, audit };
}

describe('calls of an agent that are to end', () => {
  it('go to no further server, and are all recorded to their end', async () => {
    const { calls, call, begun, audit } = world();
    const answer = call({ servers: ['web-*'], max_parallel: 1 });
    while (begun.length === 0) await new Promise(setImmediate);
    await calls.stop();
    expect((await answer).structuredContent).toMatchObject({ results: { length: 3 } });
    expect(begun).toEqual(['web-1']);
    expect(audit.events.map(({ kind }) => kind)).toEqual(['call.ended']);
  });

  it('begin nothing any more', async () => {
    const { calls, call, begun } = world();
    await calls.stop();
    const { structuredContent } = await call({ server: 'web-1' });
    expect([begun, structuredContent]).toEqual([
      [],
      expect.objectContaining({ results: [expect.objectContaining({ status: 'cancelled' })] }),
    ]);
  });
});
