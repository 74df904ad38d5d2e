import { Args, Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class PluginsInstall extends Command {
  static override readonly summary = 'Put a plugin on this machine, without running anything of it.';
  static override readonly description =
    'It comes by the npm of this machine, without the scripts of any package. Its tools are loaded once you have allowed it.';
  static override readonly examples = [
    '<%= config.bin %> plugins install @acme/servonaut-plugin-pager',
    '<%= config.bin %> plugins install ./servonaut-plugin-pager-1.0.0.tgz',
  ];
  static override readonly args = {
    package: Args.string({ description: 'Name of a package, or path of a folder or tarball.', required: true }),
  };
  static readonly json =
    '{"name", "version", "standing", "fault", "description", "digest", "integrity", "dependencies", "tools", "sources"}';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsInstall);
    const [{ openSession }, { installPlugin }, { pluginJson, pluginText }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/plugins/install-plugin.ts'),
      import('../../ui/render-plugin.ts'),
    ]);
    const own = [...this.config.plugins.values()].filter(({ type }) => type !== 'user');
    const taken = new Set(own.map(({ name }) => name));
    const plugin = await installPlugin(openSession(flags.profile), args.package, taken);
    if (flags.json) return this.log(JSON.stringify(pluginJson(plugin)));
    process.stdout.write(pluginText(plugin, process.stdout.columns));
    if (plugin.standing === 'allowed') return this.log('It is allowed already, as it is.');
    this.log(`It is installed, and not loaded. To have it loaded: servonaut plugins allow ${plugin.name}`);
  }
}
