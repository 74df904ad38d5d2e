import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { CallToolRequestSchema, ListToolsRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { asFault } from '@servonaut/agent-tools';
import type { Principal } from '../auth/index.ts';
import { CAPABILITIES, INSTRUCTIONS, SERVER_INFO } from './server-info.ts';
import { callTool } from './tool-methods.ts';
import type { ToolSurface } from './tools/tool-surface.ts';

/** The MCP server of one HTTP+SSE session. `principal` is asked at each call: what the credential may do can change while a session lasts. */
export function createSseServer(surface: ToolSurface, principal: () => Promise<Principal>): Server {
  const server = new Server(SERVER_INFO, { capabilities: CAPABILITIES, instructions: INSTRUCTIONS });
  const caller = () =>
    principal().catch((error: unknown) => {
      throw asFault(error);
    });
  server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: await surface.listTools(await caller()),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, _meta: meta, sendNotification }) =>
    callTool(surface, await caller(), params, {
      signal,
      meta,
      notifyProgress: (progress) => sendNotification({ method: 'notifications/progress', params: progress }),
    }),
  );
  return server;
}
