import { agentClientProgram } from '@servonaut/testkit';
import { authorization, type AgentClient } from './agent-client.ts';

/** No terminal is there to ask before it opens the browser, and no keychain. */
const SETTINGS = ['MCP_AUTO_OPEN_ENABLED=true', 'MCP_INSPECTOR_SECRET_STORE=file'];

export const inspector: AgentClient = {
  name: 'the MCP Inspector',
  callsItself: /Inspector/,
  transports: ['http', 'sse'],
  connected: /"name": "run_command"/,
  connect: (desk, { url, transport, key }) => {
    const header = key === undefined ? [] : ['--header', authorization(key)];
    const args = ['--cli', url, '--transport', transport, '--method', 'tools/list', ...header];
    return desk.run('env', [...SETTINGS, process.execPath, agentClientProgram('inspector'), ...args]);
  },
};
