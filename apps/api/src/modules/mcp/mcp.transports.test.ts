import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { waitFor } from '@servonaut/testkit';
import { modernClient, sseClient, streamableClient } from './testing/clients.ts';
import { aView } from './testing/fake-relay.ts';
import { startMcp, type McpTestApp } from './testing/mcp-test-app.ts';

/** As much of a client as all three have in common. */
type AnyClient = Pick<Awaited<ReturnType<typeof sseClient>>, 'close'> & {
  listTools(): Promise<{ tools: { name: string; annotations?: object | undefined }[] }>;
  callTool(params: object, ...rest: never[]): Promise<Record<string, unknown>>;
};

const open = (client: unknown) => client as AnyClient;

describe.each([
  ['HTTP+SSE', async (url: string, token?: string) => open(await sseClient(url, token))],
  ['Streamable HTTP', async (url: string, token?: string) => open(await streamableClient(url, token))],
  ['revision 2026-07-28', async (url: string, token?: string) => open(await modernClient(url, token))],
])('an agent that speaks %s', (_name, connect) => {
  let app: McpTestApp;
  let agent: AnyClient;

  beforeAll(async () => {
    app = await startMcp();
    agent = await connect(app.url);
  });

  afterAll(async () => {
    await agent.close();
    await app.close();
  });

  beforeEach(() => {
    app.relay.calls.length = 0;
    app.relay.respond = ({ tool, server }) => aView({ tool, server });
  });

  const run = (options: object = {}, ...rest: object[]) =>
    agent.callTool(
      { name: 'run_command', arguments: { server: 'web-1', command: 'uptime', ...options } },
      ...(rest as never[]),
    );

  it('sees the tools that it may call, and get_request', async () => {
    const { tools } = await agent.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['list_servers', 'run_command']));
    expect(names.slice(0, -1)).toEqual(names.slice(0, -1).sort());
    expect(names.at(-1)).toBe('get_request');
  });

  it('has the output of a command as text and as structured content', async () => {
    const result = await run({ timeout_seconds: 5 });
    expect(result).toMatchObject({
      content: [{ type: 'text', text: 'web-1 | exit 0 | 12 ms\nok' }],
      structuredContent: { results: [{ server: 'web-1', status: 'succeeded', exit_code: 0, stdout: 'ok\n' }] },
    });
    expect(result['isError']).toBeFalsy();
    expect(app.relay.calls[0]).toMatchObject({
      userId: '42',
      principal: { kind: 'credential', id: 'cred-1', label: 'ci-bot' },
      tool: 'run_command',
      server: 'web-1',
      payload: { command: 'uptime', timeout_seconds: 5 },
      timeoutSeconds: 5,
    });
  });

  it('learns of an unknown tool by the protocol error, with our code', async () => {
    await expect(agent.callTool({ name: 'rm_rf', arguments: {} })).rejects.toMatchObject({
      code: -32602,
      data: { code: 'unknown_tool', next_step: expect.any(String) },
    });
  });

  it.each([
    ['an empty command', { command: '' }, 'command'],
    ['a wrong type', { command: 7 }, 'command'],
    ['a command of 1 MiB', { command: 'x'.repeat(1024 * 1024) }, 'command'],
    ['an unknown argument', { force: true }, 'force'],
  ])('is told which argument is wrong: %s', async (_case, wrong, named) => {
    const result = await run(wrong);
    expect(result).toMatchObject({
      isError: true,
      structuredContent: { results: [{ error: { code: 'invalid_request' } }] },
    });
    expect(JSON.stringify(result['content'])).toContain(named);
    expect(app.relay.calls).toEqual([]);
  });

  it('has the progress of a command when it asks for it', async () => {
    app.relay.respond = async ({ onProgress, tool, server }) => {
      onProgress?.({
        request_id: '0190a0a0-0000-7000-8000-000000000000',
        sequence: 0,
        stream: 'stdout',
        chunk: 'half way',
      });
      await waitFor(() => seen.length > 0, { what: 'progress' });
      return aView({ tool, server });
    };
    const seen: object[] = [];
    const onprogress = (progress: object) => void seen.push(progress);
    await (agent as unknown as { callTool: (...args: unknown[]) => Promise<unknown> }).callTool(
      { name: 'run_command', arguments: { server: 'web-1', command: 'make' } },
      ...(agent.callTool.length === 2 && _name.startsWith('revision') ? [{ onprogress }] : [undefined, { onprogress }]),
    );
    expect(seen).toMatchObject([{ progress: 8, message: 'half way' }]);
  });

  it('is told that the operator is asked, and until when', async () => {
    app.relay.respond = async ({ onWaiting, tool, server }) => {
      onWaiting?.(Date.UTC(2026, 10, 22, 16, 45, 10));
      await waitFor(() => seen.length > 0, { what: 'word of the wait' });
      return aView({ tool, server });
    };
    const seen: object[] = [];
    const onprogress = (progress: object) => void seen.push(progress);
    await (agent as unknown as { callTool: (...args: unknown[]) => Promise<unknown> }).callTool(
      { name: 'run_command', arguments: { server: 'web-1', command: 'make' } },
      ...(agent.callTool.length === 2 && _name.startsWith('revision') ? [{ onprogress }] : [undefined, { onprogress }]),
    );
    expect(seen).toMatchObject([
      { message: expect.stringMatching(/^waits for the operator's approval, until 16:45:10Z/) },
    ]);
  });
});
