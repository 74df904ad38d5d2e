import { Args, Command } from '@oclif/core';
import { PROFILE_FLAGS } from '../profile-flag.ts';

export class PluginsRevoke extends Command {
  static override readonly summary = 'Have a plugin not loaded any more.';
  static override readonly examples = ['<%= config.bin %> plugins revoke @acme/servonaut-plugin-pager'];
  static override readonly args = { plugin: Args.string({ description: 'The plugin.', required: true }) };
  static readonly json = '{"plugin", "was_allowed"}';
  static override readonly flags = PROFILE_FLAGS;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(PluginsRevoke);
    const [{ openSession }, { revokePlugin }] = await Promise.all([
      import('../../session/session.ts'),
      import('../../services/plugins/allowed-plugins.ts'),
    ]);
    const wasAllowed = await revokePlugin(openSession(flags.profile), args.plugin);
    if (flags.json) return this.log(JSON.stringify({ plugin: args.plugin, was_allowed: wasAllowed }));
    this.log(wasAllowed ? 'It is loaded no more. Where "servonaut connect" runs, end it.' : 'It was not allowed.');
  }
}
