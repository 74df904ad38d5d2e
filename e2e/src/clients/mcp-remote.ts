import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { agentClientProgram } from '@servonaut/testkit';
import { authorization, type AgentClient } from './agent-client.ts';

/** Between an agent that only starts programs and a server at an address: here the agent is a client of the SDK. */
export const mcpRemote: AgentClient = {
  name: 'mcp-remote',
  callsItself: /MCP/,
  // Over HTTP+SSE, 0.15.1 ends when its tokens are refused: it opens the browser and does not wait for it.
  transports: ['http'],
  connected: /^run_command$/m,
  connect: async (desk, { url, transport, key }) => {
    const header = key === undefined ? [] : ['--header', authorization(key)];
    const args = [agentClientProgram('mcp-remote'), url, '--transport', `${transport}-only`, ...header];
    const { env, home: cwd } = desk;
    const command = process.execPath;
    const stdio = new StdioClientTransport({ command, args, env: { ...env }, cwd, stderr: 'pipe' });
    const said: string[] = [];
    stdio.stderr?.on('data', (chunk: Buffer) => said.push(String(chunk)));
    try {
      return await toolsOver(stdio);
    } catch (cause) {
      throw new Error(said.join(''), { cause });
    }
  },
};

async function toolsOver(stdio: StdioClientTransport): Promise<string> {
  const client = new Client({ name: 'e2e', version: '1.0.0' });
  await client.connect(stdio);
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name).join('\n');
}
