import { Command, Flags } from '@oclif/core';
import { CHANGE_FLAGS, CHANGE_JSON, CLIENT_ARGS } from './client-args.ts';
import { changeClient } from './change-client.ts';

export class McpInstall extends Command {
  static override readonly summary = "Tell an agent's program on this machine how to reach the tools.";
  static override readonly description =
    'Writes the entry of one MCP server into the file of the program for your user: of the coordinator that you are logged in to, at which the agent signs in by itself, or with --local of "mcp serve". Shows the change and asks first; keeps all else as it is, and a copy of the file beside it.';
  static override readonly examples = [
    '<%= config.bin %> mcp install claude',
    '<%= config.bin %> mcp install codex --local --profile prod',
    '<%= config.bin %> mcp install vscode --print',
  ];
  static override readonly args = CLIENT_ARGS;
  static readonly json = CHANGE_JSON;
  static override readonly flags = {
    ...CHANGE_FLAGS,
    local: Flags.boolean({ description: 'Have the agent start "mcp serve", without a coordinator.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(McpInstall);
    const [{ openSession }, { checkServerName, clientOf, entryOf }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/agent-clients/agent-entry.ts'),
    ]);
    checkServerName(flags.name);
    const session = openSession(flags.profile);
    const client = clientOf(session, args.client);
    const entry = await entryOf(session, { client: args.client, isLocal: flags.local, root: this.config.root });
    const next = flags.local
      ? 'Answer what it asks for with "servonaut approve".'
      : client.signIn.replace('NAME', flags.name);
    const notes = [next, `${client.title} knows it when it is started anew.`];
    await changeClient(this, client, { ...flags, id: args.client, fields: client.fields(entry), notes });
  }
}
