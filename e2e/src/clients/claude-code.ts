import { agentClientProgram } from '@servonaut/testkit';
import { authorization, type AgentClient } from './agent-client.ts';

/** It asks its maker for news otherwise. A model, and so an account, is needed for none of this. */
const QUIET = ['DISABLE_AUTOUPDATER=1', 'CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC=1'];

export const claudeCode: AgentClient = {
  name: 'Claude Code',
  callsItself: /Claude Code/,
  transports: ['http', 'sse'],
  connected: /^servonaut: .* Connected$/m,
  connect: async (desk, { url, transport, key }) => {
    const header = key === undefined ? [] : ['--header', authorization(key)];
    // The second time it says that it has a server of that name.
    await desk.run(...claude(['mcp', 'add', '--transport', transport, 'servonaut', url, ...header]));
    const seen = await desk.run(...claude(['mcp', 'list']));
    if (!seen.includes('Needs authentication')) return seen;
    await desk.run(...onTerminal(...claude(['mcp', 'login', 'servonaut'])));
    return desk.run(...claude(['mcp', 'list']));
  },
};

type Command = [command: string, args: string[]];

function claude(args: readonly string[]): Command {
  return ['env', [...QUIET, process.execPath, agentClientProgram('claude-code'), ...args]];
}

/** Where nobody could answer it, it signs nobody in. */
function onTerminal(command: string, args: readonly string[]): Command {
  const line = [command, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  return ['script', ['--quiet', '--return', '--command', line, '/dev/null']];
}
