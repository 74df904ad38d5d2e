import { CLIENT_INFO_META_KEY, Server, type ServerContext } from '@modelcontextprotocol/server';
import { answerToolCall } from '@servonaut/agent-tools';
import { z } from 'zod';
import { LOCAL_AGENT, type Caller } from '../../policy/caller.ts';
import type { AgentTools } from './agent-tools.ts';

/** Most characters of what a client calls itself. */
const LABEL_LENGTH = 128;

const clientSchema = z.object({ name: z.string(), version: z.string() });

/** What an agent is told before its first call. */
const INSTRUCTIONS =
  "Servonaut runs commands on the user's own servers, from this machine, with the operator's own SSH keys and as the operator's policy allows. " +
  'The operator may be asked to approve a call, which then waits for some minutes and tells so: do not repeat it meanwhile, nor in other words when it is ' +
  'declined. Call list_servers first for the names of the servers. A non-zero exit code is an answer, not a failure of the tool. After a timeout or an ' +
  'outcome "unknown", call get_request before repeating anything that changes a server.';

export interface McpServerParts {
  readonly tools: AgentTools;
  /** By which the operator's rules know the agent: nothing that it says of itself. */
  readonly agentId: string;
  readonly version: string;
}

/** The MCP server of one connection. The low-level `Server`: the tools describe themselves and check their arguments. */
export function createMcpServer({ tools, agentId, version }: McpServerParts): Server {
  const info = { name: 'servonaut', title: 'Servonaut', version };
  const server = new Server(info, { capabilities: { tools: {} }, instructions: INSTRUCTIONS });
  const caller = (context: ServerContext): Caller => ({
    kind: LOCAL_AGENT,
    id: agentId,
    label: labelOf(toldBy(context) ?? server.getClientVersion()),
  });
  server.setRequestHandler('tools/list', async () => ({ tools: await tools.list() }));
  server.setRequestHandler('tools/call', ({ params }, context) => {
    const { mcpReq } = context;
    const exchange = {
      signal: mcpReq.signal,
      meta: mcpReq._meta,
      notifyProgress: (progress: { progressToken: string | number; progress: number; message: string }) =>
        mcpReq.notify({ method: 'notifications/progress', params: progress }),
    };
    return answerToolCall(exchange, (hooks) => tools.call(caller(context), params.name, params.arguments ?? {}, hooks));
  });
  return server;
}

/** What the client says of itself in the call, as it does from revision 2026-07-28 on. */
function toldBy({ mcpReq: { envelope } }: ServerContext): z.output<typeof clientSchema> | undefined {
  const told = new Map<string, unknown>(Object.entries(envelope ?? {}));
  return clientSchema.safeParse(told.get(CLIENT_INFO_META_KEY)).data;
}

function labelOf(client: z.output<typeof clientSchema> | undefined): string {
  return client ? `${client.name} ${client.version}`.slice(0, LABEL_LENGTH).toWellFormed() : '';
}
