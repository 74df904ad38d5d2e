import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { agentClientProgram } from '@servonaut/testkit';
import { authorization, type AgentClient } from './agent-client.ts';

/** Between an agent that only starts programs and a server at an address: here the agent is a client of the SDK. */
export const mcpRemote: AgentClient = {
  name: 'mcp-remote',
  callsItself: /MCP/,
  connected: /^run_command$/m,
  connect: async (desk, { url, key }) => {
    const header = key === undefined ? [] : ['--header', authorization(key)];
    const args = [agentClientProgram('mcp-remote'), url, ...header];
    const client = new Client({ name: 'e2e', version: '1.0.0' });
    const { env, home: cwd } = desk;
    await client.connect(
      new StdioClientTransport({ command: process.execPath, args, env: { ...env }, cwd, stderr: 'ignore' }),
    );
    const { tools } = await client.listTools();
    await client.close();
    return tools.map(({ name }) => name).join('\n');
  },
};
