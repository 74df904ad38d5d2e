import { Command } from '@oclif/core';
import { changeClient } from './change-client.ts';
import { CHANGE_FLAGS, CHANGE_JSON, CLIENT_ARGS } from './client-args.ts';

export class McpUninstall extends Command {
  static override readonly summary = "Take out of the file of an agent's program what mcp install has written.";
  static override readonly examples = [
    '<%= config.bin %> mcp uninstall claude',
    '<%= config.bin %> mcp uninstall codex --name servonaut-prod --yes',
  ];
  static override readonly args = CLIENT_ARGS;
  static readonly json = CHANGE_JSON;
  static override readonly flags = CHANGE_FLAGS;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(McpUninstall);
    const [{ openSession }, { checkServerName, clientOf }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/agent-clients/agent-entry.ts'),
    ]);
    checkServerName(flags.name);
    const client = clientOf(openSession(flags.profile), args.client);
    await changeClient(this, client, { ...flags, id: args.client });
  }
}
