import { Server } from '@modelcontextprotocol/server';
import type { Principal } from '../auth/index.ts';
import { CAPABILITIES, INSTRUCTIONS, SERVER_INFO } from './server-info.ts';
import { callTool } from './tool-methods.ts';
import type { ToolSurface } from './tools/tool-surface.ts';

/**
 * The MCP server of one HTTP exchange. The low-level `Server`, since `McpServer` would register and convert every tool anew for each
 * request.
 */
export function createStreamableServer(surface: ToolSurface, principal: Principal): Server {
  const server = new Server(SERVER_INFO, { capabilities: CAPABILITIES, instructions: INSTRUCTIONS });
  server.setRequestHandler('tools/list', async () => ({ tools: await surface.listTools(principal) }));
  server.setRequestHandler('tools/call', ({ params }, { mcpReq }) =>
    callTool(surface, principal, params, {
      signal: mcpReq.signal,
      meta: mcpReq._meta,
      notifyProgress: (progress) => mcpReq.notify({ method: 'notifications/progress', params: progress }),
    }),
  );
  return server;
}
