import { Args, Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class ServersList extends Command {
  static override readonly summary = 'List the servers of this profile, where each is described, and how old that is.';
  static override readonly description =
    'SELECT is a name, a pattern of it ("web-*"), or a label ("label:role=db", "label:role"); with "!" before it, those are taken away. Inventory sources are asked when they never were, or with --refresh.';
  static override readonly examples = [
    '<%= config.bin %> servers list --refresh',
    "<%= config.bin %> servers list 'web-*' '!web-3'",
    '<%= config.bin %> servers list label:role=db --json',
  ];
  static override readonly args = { select: Args.string({ description: 'Which servers; all when not given.' }) };
  static override readonly strict = false;
  static readonly json =
    '{"servers": [{"name", "source", "labels", "listed_at"}], "sources": [{"name", "kind", "listed_at", "servers", "failure"}], "warnings": […]}';
  static override readonly flags = {
    ...PROFILE_FLAGS,
    refresh: Flags.boolean({ description: 'Ask the inventory sources now.' }),
  };

  async run(): Promise<void> {
    const { flags, argv } = await this.parse(ServersList);
    const [{ openSession }, { listServers }, { renderServers, renderServerFaults, serversJson }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/server-list.ts'),
      import('../../ui/render-servers.ts'),
    ]);
    const list = await listServers(openSession(flags.profile), this.config.plugins.values(), {
      select: argv as string[],
      refresh: flags.refresh,
    });
    process.stderr.write(flags.json ? '' : renderServerFaults(list));
    process.stdout.write(flags.json ? `${JSON.stringify(serversJson(list))}\n` : renderServers(list));
  }
}
