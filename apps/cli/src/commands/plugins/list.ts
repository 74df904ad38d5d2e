import { Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class PluginsList extends Command {
  static override readonly summary = 'List the plugins that are installed, and whether this profile has allowed them.';
  static override readonly examples = ['<%= config.bin %> plugins list', '<%= config.bin %> plugins list --json'];
  static readonly json =
    '[{"name", "version", "standing", "fault", "description", "digest", "integrity", "dependencies", "tools", "sources"}]';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { flags } = await this.parse(PluginsList);
    const [{ openSession }, { listPlugins }, { leftOutOf }, { pluginJson, pluginTable }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/plugins/allowed-plugins.ts'),
      import('../../services/plugins/left-out.ts'),
      import('../../ui/render-plugin.ts'),
    ]);
    const plugins = await listPlugins(openSession(flags.profile), leftOutOf(this.config.plugins.values()));
    if (flags.json) this.log(JSON.stringify(plugins.map(pluginJson)));
    else process.stdout.write(pluginTable(plugins, process.stdout.columns));
  }
}
