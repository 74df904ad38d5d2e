import { Args, Command, Flags } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class PluginsCreate extends Command {
  static override readonly summary = 'Write a package with a tool of your own and its tests.';
  static override readonly description = 'Nothing is fetched. docs/plugins.md goes on from there.';
  static override readonly examples = [
    '<%= config.bin %> plugins create largest-files',
    '<%= config.bin %> plugins create largest-files --package @acme/largest-files --folder ~/largest-files',
  ];
  static override readonly args = {
    tool: Args.string({ description: 'Name of the tool as a command, such as largest-files.', required: true }),
  };
  static readonly json = '{"tool", "package", "folder"}';
  static override readonly flags = {
    json: PROFILE_FLAGS.json,
    package: Flags.string({ description: 'Name of the package; by default servonaut-plugin-TOOL.' }),
    folder: Flags.string({ description: 'A new folder; by default that name, here.' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsCreate);
    const { createPlugin } = await import('../../services/plugins/create-plugin.ts');
    const name = flags.package ?? `servonaut-plugin-${args.tool}`;
    const folder = await createPlugin(args.tool, name, flags.folder ?? name.slice(name.lastIndexOf('/') + 1));
    if (flags.json) return this.log(JSON.stringify({ tool: args.tool, package: name, folder }));
    this.log(`It is in ${folder}. There: npm install && npm run build && npm test`);
  }
}
