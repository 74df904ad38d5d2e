import { Client as ModernClient, StreamableHTTPClientTransport as ModernTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  INSTANTS_META,
  requestInstantsSchema,
  toolAnswerSchema,
  type RequestInstants,
  type ServerAnswer,
  type ToolAnswer,
} from '@servonaut/contracts';
import type { TestOperator } from '@servonaut/testkit';

/** How agents reach us: HTTP+SSE and Streamable HTTP as clients up to 2025-11-25 do, and the 2026-07-28 revision. */
export const WAYS_IN = ['sse', 'http', 'http-2026'] as const;
export type WayIn = (typeof WAYS_IN)[number];

/** What every client of the MCP SDKs answers a tool call with, as far as we read it. */
interface CallResult {
  readonly content?: unknown;
  readonly structuredContent?: unknown;
  readonly isError?: boolean;
  readonly _meta?: Readonly<Record<string, unknown>> | undefined;
}

export interface Agent {
  call(
    tool: string,
    args: Readonly<Record<string, unknown>>,
    options?: { signal?: AbortSignal; onProgress?: (message: string) => void },
  ): Promise<AgentAnswer>;
  tools(): Promise<string[]>;
  /** All that is told of them. */
  describedTools(): Promise<readonly object[]>;
  close(): Promise<void>;
}

export interface AgentAnswer {
  readonly isError: boolean;
  readonly text: string;
  /** `structuredContent`, checked against the contract. */
  readonly answer: ToolAnswer;
  /** The only result of `answer`. */
  readonly result: ServerAnswer;
  /** Undefined for what no executor was asked. */
  readonly instants: RequestInstants | undefined;
}

/** A real MCP SDK client, connected. */
export async function connectAgent(way: WayIn, url: string, token: string): Promise<Agent> {
  const requestInit = { headers: { authorization: `Bearer ${token}` } };
  if (way === 'http-2026') {
    const client = new ModernClient(
      { name: 'e2e', version: '1.0.0' },
      { versionNegotiation: { mode: { pin: '2026-07-28' } } },
    );
    await client.connect(new ModernTransport(new URL('/mcp', url), { requestInit }));
    return asAgent(client, (params, options) => client.callTool(params, options));
  }
  const client = new Client({ name: 'e2e', version: '1.0.0' });
  const transport =
    way === 'sse'
      ? new SSEClientTransport(new URL('/mcp/sse', url), { requestInit })
      : new StreamableHTTPClientTransport(new URL('/mcp', url), { requestInit });
  await client.connect(transport);
  return asAgent(client, (params, options) => client.callTool(params, undefined, options));
}

const CLI = new URL('../../apps/cli/bin/run.js', import.meta.url).pathname;

interface LocalOptions {
  readonly era?: '2025' | '2026';
  readonly stderr?: (text: string) => void;
  /** What it starts instead, as its settings have it. */
  readonly program?: { readonly command: string; readonly args: string[] };
}

/** One that has started `servonaut mcp serve ARGS` itself, as agents do. `stderr` gets what it writes there. */
export async function localAgent(
  { env, home }: Pick<TestOperator, 'env' | 'home'>,
  args: readonly string[] = [],
  options: LocalOptions = {},
): Promise<Agent & { readonly pid: number }> {
  const given = Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  const transport = new StdioClientTransport({
    ...(options.program ?? { command: process.execPath, args: [CLI, 'mcp', 'serve', ...args] }),
    env: Object.fromEntries(given),
    cwd: home,
    stderr: 'pipe',
  });
  transport.stderr?.on('data', (chunk: Buffer) => options.stderr?.(chunk.toString()));
  const info = { name: 'e2e', version: '1.0.0' };
  const client =
    options.era === '2025'
      ? new ModernClient(info)
      : new ModernClient(info, { versionNegotiation: { mode: { pin: '2026-07-28' } } });
  await client.connect(transport);
  const agent = asAgent(client, (params, calling) => client.callTool(params, calling));
  return { ...agent, pid: transport.pid ?? 0 };
}

type CallTool = (
  params: { name: string; arguments: Record<string, unknown> },
  options: CallOptions,
) => Promise<unknown>;

interface Progress {
  message?: string | undefined;
}

interface CallOptions {
  timeout: number;
  resetTimeoutOnProgress: boolean;
  signal?: AbortSignal;
  onprogress?: (progress: Progress) => void;
}

function asAgent(client: Pick<Client | ModernClient, 'listTools' | 'close'>, callTool: CallTool): Agent {
  return {
    call: async (name, args, { signal, onProgress } = {}) => {
      const onprogress = onProgress && (({ message = '' }: Progress) => onProgress(message));
      const waiting = { timeout: 120_000, resetTimeoutOnProgress: true };
      const options = { ...waiting, ...(signal && { signal }), ...(onprogress && { onprogress }) };
      return agentAnswer((await callTool({ name, arguments: { ...args } }, options)) as CallResult);
    },
    tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
    describedTools: async () => (await client.listTools()).tools,
    close: () => client.close(),
  };
}

function agentAnswer(result: CallResult): AgentAnswer {
  const answer = toolAnswerSchema.parse(result.structuredContent);
  const text = (result.content as { text?: string }[]).map((part) => part.text ?? '').join('\n');
  const instants = requestInstantsSchema.optional().parse(result._meta?.[INSTANTS_META]);
  return { isError: result.isError ?? false, text, answer, result: answer.results[0] as ServerAnswer, instants };
}
