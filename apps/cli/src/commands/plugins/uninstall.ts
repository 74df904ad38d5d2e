import { Args, Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class PluginsUninstall extends Command {
  static override readonly summary = 'Take a plugin from this machine.';
  static override readonly examples = ['<%= config.bin %> plugins uninstall @acme/servonaut-plugin-pager'];
  static override readonly args = { plugin: Args.string({ description: 'The plugin.', required: true }) };
  static readonly json = '{"plugin"}';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsUninstall);
    const [{ openSession }, { uninstallPlugin }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/plugins/install-plugin.ts'),
    ]);
    await uninstallPlugin(openSession(flags.profile), args.plugin);
    this.log(flags.json ? JSON.stringify({ plugin: args.plugin }) : 'It is gone.');
  }
}
