import { Command, Flags } from '@oclif/core';
import type { ServeStdioOptions } from '../../services/local-agent/serve-stdio.ts';
import { PROFILE_FLAGS } from '../profile-flag.ts';

const { profile } = PROFILE_FLAGS;

export class McpServe extends Command {
  static override readonly summary = 'Be an MCP server on stdio, for an agent on this machine: without a coordinator.';
  static override readonly description =
    'For the configuration of an agent, which starts it; "mcp install CLIENT --local" writes that. It has the tools of "connect", and what they do is decided, asked, recorded and redacted as there. What an agent asks for is answered with "servonaut approve" in another terminal. No login is needed. There is no --json: stdout is the stream of MCP, which is JSON, and what else is to be told goes to stderr. Ends with the agent, or on SIGTERM.';
  static override readonly examples = [
    '<%= config.bin %> mcp serve',
    '<%= config.bin %> mcp serve --profile prod --agent claude',
  ];
  static override readonly flags = {
    profile,
    agent: Flags.string({
      description: 'The name by which rules of the policy know the agent: "local-agent:NAME".',
      default: 'local',
      helpValue: 'NAME',
    }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(McpServe);
    const { protocolOutput } = await import('../../services/local-agent/protocol-output.ts');
    const output = protocolOutput(process);
    const [{ openSession }, { openExecutor }, { serveAgent }, { agentIdOf }, { stopOnSignals }, { callEventLine }] =
      await Promise.all([
        import('../../session/session.ts'),
        import('../../services/executor.ts'),
        import('../../services/local-agent/serve-stdio.ts'),
        import('../../services/local-agent/agent-id.ts'),
        import('../../services/stop-signal.ts'),
        import('../../ui/event-line.ts'),
      ]);
    const agentId = agentIdOf(flags.agent);
    const session = openSession(flags.profile);
    const report: ServeStdioOptions['report'] = (event) => {
      if (event.event !== 'connecting' && event.event !== 'connected') this.logToStderr(callEventLine(event));
    };
    const warn = (message: string): void => report({ event: 'warning', message });
    const executor = await openExecutor(session, this.config.plugins.values(), warn);
    try {
      executor.keepServersFresh();
      executor.keepOutputsTidy();
      const { version } = this.config;
      const stop = stopOnSignals();
      await serveAgent({ session, executor, agentId, version, report, input: process.stdin, output, stop });
    } finally {
      executor.close();
    }
    // What waits for a client that has gone, as a pipe that nobody reads, is waited for no longer.
    process.exit();
  }
}
