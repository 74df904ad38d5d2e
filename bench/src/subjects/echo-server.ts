import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The floor of the no-op comparison: an MCP SDK server with one tool that does nothing, stateless, a server object a request as the SDK's
 * documentation has it. Run as a process of its own; prints its port.
 */
const server = createServer((request, response) => {
  const mcp = new McpServer({ name: 'echo', version: '1.0.0' });
  mcp.registerTool('noop', { description: 'Does nothing.' }, () => ({ content: [{ type: 'text', text: 'ok' }] }));
  const transport = new StreamableHTTPServerTransport();
  response.on('close', () => void mcp.close());
  void mcp
    .connect(transport as Parameters<typeof mcp.connect>[0])
    .then(() => transport.handleRequest(request, response));
});
server.listen(0, '127.0.0.1', () => console.log(JSON.stringify({ port: (server.address() as AddressInfo).port })));
